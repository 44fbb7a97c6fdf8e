import { DEFAULT_RULES, type PlaceholderRule } from "@faultline/logs";
import { configureRules, type RuleChange } from "@faultline/logs/configured-rules";

export type { PlaceholderRule, RuleChange };

/** The rules of a configuration's `logs.rules`, which were checked when it was parsed; the default ones without. */
export function rulesOf(changes?: readonly RuleChange[]): readonly PlaceholderRule[] {
	return changes === undefined ? DEFAULT_RULES : configureRules(changes).rules;
}
