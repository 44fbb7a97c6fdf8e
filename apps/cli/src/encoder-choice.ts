import { toAppError } from "@faultline/contracts";
import type { EncoderChoice } from "@faultline/orchestrator/models/open-encoder";
import { placeOf } from "./config.ts";
import type { Session } from "./session.ts";

export const ENCODER_HELP = "what log templates are embedded by: default, hash, or a model (faultline models list)";

/**
 * The encoder that was named, else the configuration's. What works without a configuration goes on without a good one, and
 * says so, unless --config named it.
 */
export async function encoderChoice(session: Session, named?: string): Promise<EncoderChoice> {
	const [{ loadConfig, readConfigFile }, { chooseEncoder }] = await Promise.all([
		import("@faultline/orchestrator/config/load-config"),
		import("@faultline/orchestrator/models/encoder-choice"),
	]);
	const place = placeOf(session.env, session.configPath);
	const there = await readConfigFile(place).then(
		() => true,
		() => false,
	);
	const explicit = session.configPath !== undefined;
	if (!there && !explicit) return chooseEncoder(place, undefined, named);
	try {
		return chooseEncoder(place, (await loadConfig(place)).config, named);
	} catch (thrown) {
		if (explicit) throw thrown;
		session.stderr.write(`faultline: the configuration was not used: ${toAppError(thrown).message.split("\n")[0]}\n`);
		return chooseEncoder(place, undefined, named);
	}
}
