import type { FaultlineConfig } from "@faultline/orchestrator/config/schema";
import { placeOf } from "./config.ts";
import type { Session } from "./session.ts";

/** The configuration's `detectors`, undefined where there is no configuration. A configuration that is there but wrong is said, not guessed around. */
export async function configuredDetectors(session: Session): Promise<FaultlineConfig["detectors"] | undefined> {
	const { loadConfig, readConfigFile } = await import("@faultline/orchestrator/config/load-config");
	const place = placeOf(session.env, session.configPath);
	const there = await readConfigFile(place).then(
		() => true,
		() => false,
	);
	return there || session.configPath !== undefined ? (await loadConfig(place)).config.detectors : undefined;
}
