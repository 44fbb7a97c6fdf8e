import type { FaultlineConfig } from "@faultline/orchestrator/config/schema";
import { configWhereThere } from "./optional-config.ts";
import type { Session } from "./session.ts";

/** The configuration's `detectors`, undefined where there is no configuration. A configuration that is there but wrong is said, not guessed around. */
export async function configuredDetectors(session: Session): Promise<FaultlineConfig["detectors"] | undefined> {
	return (await configWhereThere(session))?.detectors;
}
