import { DEFAULT_RULES, type PlaceholderRule } from "@faultline/logs";
import { configureRules } from "@faultline/logs/configured-rules";
import type { FaultlineConfig } from "../config/schema.ts";

export type { PlaceholderRule };

/** The rules of a configuration, which was checked when it was parsed; the default ones without. */
export function rulesOf(config?: Pick<FaultlineConfig, "logs">): readonly PlaceholderRule[] {
	return config === undefined ? DEFAULT_RULES : configureRules(config.logs.rules).rules;
}
