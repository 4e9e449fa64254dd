package struct RuleCache {
    package init?() { return nil }
    func read(_ s: RuleSource) -> RuleSet? { nil }
    func write(_ s: RuleSet, _ x: RuleSource) {}
}
