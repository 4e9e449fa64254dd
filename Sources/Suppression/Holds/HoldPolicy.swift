// The numbers of the outage hold, each with the reason for its default; bounce-store.toml(5) has them with what they gave on the
// simulated month (Tests/Simulation).

/// What the detector of outages goes by. Rates are shares of 1; weights of evidence are natural logarithms of likelihood ratios.
package struct HoldPolicy: Sendable, Hashable {
    /// An address "took mail lately" when it was delivered to within these days and not refused since. Mailbox providers keep an
    /// unused mailbox for months, so one that took mail a month ago is hardly ever deleted by now; a longer time gains little.
    package var tookMailDays = 30
    /// Of mail to addresses that took mail lately, the share that an outage refuses. Most refuse all; from a quarter on, one that
    /// only some of a provider's hosts have is seen, and a firm that closed a department is not taken for one.
    package var outageRate = 0.9
    /// The share that is refused on normal days, for a provider that nothing is known of yet: people leave, one in 1,000 messages.
    package var normalRate = 0.001
    /// As many messages the default above counts for against what is learnt of a provider.
    package var normalRateWeight = 1_000.0
    /// The normal rate is never taken for more than this, or a provider that once was down for days would hide its next outage.
    package var normalRateLimit = 0.02
    /// What is learnt of a provider counts half after these days: more than a month's rhythm of campaigns, less than a season.
    package var baselineHalfLifeDays = 14.0
    /// Of addresses never seen before, the share that an outage refuses; some get through while it begins.
    package var outageRateOfUnseen = 0.98
    /// Of a stale list, the share that is refused at most. A list of one's own is dead by a third to two thirds, a bought one by
    /// nearly all; an outage spares nobody.
    package var staleListRate = 0.9
    /// The evidence that opens a hold: five addresses that took mail lately refused with hardly a delivery between, or some 450
    /// new ones in a row within half an hour. What came before it is taken back when the hold opens, so that a late alarm loses nothing.
    package var alarm = 35.0
    /// Evidence counts half after these hours, so that refusals of different days are not added up.
    package var evidenceHalfLifeHours = 2.0
    /// The evidence that a provider is back: thirteen deliveries to addresses that took mail lately and no refusal.
    package var recovery = 30.0
    /// As many refusals of addresses that took mail lately make a hold an outage; with fewer, while such addresses take mail, what
    /// was held is a stale list's and is applied.
    package var outageRefusals = 3
    /// After a stale list was told, addresses never seen before open no hold for these hours: as long as a list's run lasts.
    package var staleListHours = 24
    /// No hold before a provider's deliveries were seen as often: without deliveries everything looks like an outage.
    package var warmUpDeliveries = 100.0
    /// A hold that nothing has ended by then is decided by its second half. The longest outage of the kind, Google's of December
    /// 2020, lasted some seven hours.
    package var decideHours = 12
    /// As many refusals in a hold's second half, and more than deliveries, say that they are meant.
    package var lateRefusals = 5
    /// A hold of which nothing more is heard is dropped: a wrong suppression costs more than another bounce.
    package var giveUpDays = 7

    package init() {}
}
