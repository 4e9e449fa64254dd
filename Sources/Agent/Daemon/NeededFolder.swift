// The folders in which the daemon makes files: they must be there and be its user's before it starts.

import Glibc
import Milter
import POSIX

/// A folder that an option names, alone or with a file in it.
struct NeededFolder {
    /// As bounce-milter.toml(5) has it.
    let option: String
    let path: String
    /// What the daemon does there, as access(2) has it.
    private var use = R_OK | W_OK | X_OK
    /// Whether the daemon does its work without it.
    private(set) var isOptional = false
    /// Who reaches what the daemon makes in it; nobody else for "".
    private var group = ""

    private init(_ option: String, _ path: String) {
        self.option = option
        self.path = path
    }

    /// Those that are not there, or that the daemon can do without and cannot use, each with what to do about it. A `Failure` where
    /// another one is there and is not this process's user's to use.
    static func missing(_ configuration: Configuration) throws(Failure) -> [(folder: NeededFolder, words: String)] {
        var missing: [(folder: NeededFolder, words: String)] = []
        for folder in all(of: configuration) {
            do throws(SystemError) {
                try Files.access(folder.path, folder.use)
            } catch {
                let words = folder.words(error)
                guard folder.isOptional || error.code == ENOENT else { throw Failure(.cannotCreate, words) }
                missing.append((folder, words))
            }
        }
        return missing
    }

    private static func all(of configuration: Configuration) -> [NeededFolder] {
        var folders = [NeededFolder("journal", parent(of: configuration.journal))]
        if case .unix(let path)? = try? MilterSocket(configuration.socket) {
            var folder = NeededFolder("socket", parent(of: path))
            folder.use = W_OK | X_OK
            folder.group = configuration.socketGroup
            folders.append(folder)
        }
        if !configuration.captureDir.isEmpty {
            var folder = NeededFolder("capture_dir", configuration.captureDir)
            folder.isOptional = true
            folders.append(folder)
        }
        if !configuration.sentMailFolder.isEmpty {
            folders.append(NeededFolder("sent_mail.folder", configuration.sentMailFolder))
        }
        return folders
    }

    /// Of an absolute path.
    static func parent(of path: String) -> String {
        let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
        return parent.isEmpty ? "/" : String(parent)
    }

    private func words(_ error: SystemError) -> String {
        let place = "\(option): \(path): \(error.reason)"
        // As systemd makes all that the unit does not name.
        if error.code == EROFS {
            return "\(place); under systemd, a line ReadWritePaths=\(path) makes it writable: "
                + "systemctl edit bounce-milter"
        }
        guard error.code == EACCES || error.code == EPERM else {
            return "\(place); the folder must be there and be the daemon's: \(installation(of: path))"
        }
        // It is there and somebody else's, /etc or /var/log perhaps: it must not be given away.
        do throws(SystemError) {
            try Files.access(path, X_OK)
        } catch {
            return "\(place): user \(Users.ownName) does not get there; name a folder elsewhere"
        }
        let own = "\(path == "/" ? "" : path)/bounce-milter"
        // Nor is one that has the name already, as /etc/bounce-milter.
        let isThere = (try? Files.access(own, F_OK)) != nil
        return "\(place); name a folder of the daemon's own" + (isThere ? "" : ", as \(own): \(installation(of: own))")
    }

    private func installation(of path: String) -> String {
        let access = group.isEmpty ? "-m 750" : "-g \(group) -m 2750"
        return "install -d -o \(Users.ownName) \(access) \(path)"
    }
}
