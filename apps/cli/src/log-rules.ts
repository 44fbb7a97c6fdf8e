import type { PlaceholderRule } from "@faultline/orchestrator/logs/rules";
import { optionalConfig } from "./optional-config.ts";
import type { Session } from "./session.ts";

/** The configuration's rules of what varies in a line; the default ones without. */
export async function logRules(session: Session): Promise<readonly PlaceholderRule[]> {
	const { rulesOf } = await import("@faultline/orchestrator/logs/rules");
	return rulesOf((await optionalConfig(session))?.logs.rules);
}
