// The folders in which the daemon makes files: they must be there and be its user's before it starts.

import Glibc
import Milter

/// A folder that an option names, alone or with a file in it.
struct NeededFolder {
    /// As bounce-milter.toml(5) has it.
    let option: String
    let path: String
    /// Whether the daemon does its work without it.
    let isOptional: Bool
    /// Who reaches what the daemon makes in it; nobody else for "".
    private let group: String
    private let reason: String

    /// Those that are not there, or that the daemon can do without and cannot use. A `Failure` where another one is there and is not this
    /// process's user's to use.
    static func missing(_ configuration: Configuration) throws(Failure) -> [NeededFolder] {
        var missing: [NeededFolder] = []
        for (option, path) in all(of: configuration) {
            do throws(SystemError) {
                try SystemCalls.access(path, R_OK | W_OK | X_OK)
            } catch {
                let folder = NeededFolder(
                    option: option, path: path, isOptional: option == "capture_dir",
                    group: option == "socket" ? configuration.socketGroup : "", reason: error.reason)
                guard folder.isOptional || error.code == ENOENT else { throw Failure(.cannotCreate, folder.words) }
                missing.append(folder)
            }
        }
        return missing
    }

    private static func all(of configuration: Configuration) -> [(option: String, path: String)] {
        var folders = [("journal", parent(of: configuration.journal))]
        if case .unix(let path)? = try? MilterSocket(configuration.socket) {
            folders.append(("socket", parent(of: path)))
        }
        if !configuration.captureDir.isEmpty { folders.append(("capture_dir", configuration.captureDir)) }
        if !configuration.sentMailFolder.isEmpty { folders.append(("sent_mail.folder", configuration.sentMailFolder)) }
        return folders
    }

    /// Of an absolute path.
    private static func parent(of path: String) -> String {
        let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
        return parent.isEmpty ? "/" : String(parent)
    }

    /// What is wrong, and how the folder comes to be there.
    var words: String {
        let access = group.isEmpty ? "-m 750" : "-g \(group) -m 2750"
        return "\(option): \(path): \(reason); the folder must be there and be the daemon's: "
            + "install -d -o \(SystemCalls.ownUserName()) \(access) \(path)"
    }
}
