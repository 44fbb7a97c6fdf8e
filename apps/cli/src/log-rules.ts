import { toAppError } from "@faultline/contracts";
import type { PlaceholderRule } from "@faultline/orchestrator/logs/rules";
import { placeOf } from "./config.ts";
import type { Session } from "./session.ts";

/** The configuration's rules of what varies in a line. Without a configuration the default ones; with a bad one too, and that is said, unless --config named it. */
export async function logRules(session: Session): Promise<readonly PlaceholderRule[]> {
	const [{ loadConfig, readConfigFile }, { rulesOf }] = await Promise.all([
		import("@faultline/orchestrator/config/load-config"),
		import("@faultline/orchestrator/logs/rules"),
	]);
	const place = placeOf(session.env, session.configPath);
	const there = await readConfigFile(place).then(
		() => true,
		() => false,
	);
	const explicit = session.configPath !== undefined;
	if (!there && !explicit) return rulesOf();
	try {
		return rulesOf((await loadConfig(place)).config);
	} catch (thrown) {
		if (explicit) throw thrown;
		session.stderr.write(`faultline: the configuration was not used: ${toAppError(thrown).message.split("\n")[0]}\n`);
		return rulesOf();
	}
}
