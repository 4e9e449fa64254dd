// What a batch's facts are put in order to.

import Journal
import Testing

@testable import Suppression

struct FactSetTests {
    /// Each address once, and what happened to it in the order in which it is judged.
    @Test func isInTheOrderOfAddresses() throws {
        let folder = try TestFolder()
        let store = try Store(sqlite: folder)
        let past = try #require(
            history("3 bounce mailbox-full\n1 delivery delivered\n2 bounce network-error\n1 bounce auth-failed"))
        let recipients = ["Bob@b.example", "anna@b.example", "bob@B.example", "bob@b.example"]
        try folder.write(zip(past, recipients).map { record($0, to: $1) })
        let reader = try JournalReader(path: folder.journal().path)
        var facts: [Fact] = []
        while case .entry(let entry)? = try reader.next() { facts.append(Fact(entry, store.key, store.providers)) }
        let set = FactSet(facts)
        #expect(set.facts.map(\.occurrence.id) == ["r0", "r1", "r2", "r3"])
        #expect(set.addresses == ["anna@b.example", "bob@b.example"])
        #expect(set.facts(at: 0).map(\.occurrence.id) == ["r1"])
        #expect(set.facts(at: 1).map(\.occurrence.id) == ["r3", "r2", "r0"])
        #expect(set.places == [1, 0, 1, 1])
        #expect(set.place(of: "anna@b.example") == 0)
        #expect(set.place(of: "bob@b.example") == 1)
        #expect(["", "anna", "b", "carl@b.example"].compactMap(set.place) == [])
        #expect(FactSet([]).place(of: "anna@b.example") == nil)
    }
}
