import { toAppError } from "@faultline/contracts";
import type { FaultlineConfig } from "@faultline/orchestrator/config/schema";
import { placeOf } from "./config.ts";
import type { Session } from "./session.ts";

/** The configuration's `detectors`, undefined where there is none. A bad configuration is said and done without, unless --config named it. */
export async function configuredDetectors(session: Session): Promise<FaultlineConfig["detectors"] | undefined> {
	const { loadConfig, readConfigFile } = await import("@faultline/orchestrator/config/load-config");
	const place = placeOf(session.env, session.configPath);
	const there = await readConfigFile(place).then(
		() => true,
		() => false,
	);
	const explicit = session.configPath !== undefined;
	if (!there && !explicit) return undefined;
	try {
		return (await loadConfig(place)).config.detectors;
	} catch (thrown) {
		if (explicit) throw thrown;
		session.stderr.write(`faultline: the configuration was not used: ${toAppError(thrown).message.split("\n")[0]}\n`);
		return undefined;
	}
}
