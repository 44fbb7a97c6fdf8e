import type { EncoderChoice } from "@faultline/orchestrator/models/open-encoder";
import { placeOf } from "./config.ts";
import { optionalConfig } from "./optional-config.ts";
import type { Session } from "./session.ts";

export const ENCODER_HELP = "what log templates are embedded by: default, hash, or a model (faultline models list)";

/** The encoder that was named, else the configuration's. */
export async function encoderChoice(session: Session, named?: string): Promise<EncoderChoice> {
	const { chooseEncoder } = await import("@faultline/orchestrator/models/encoder-choice");
	return chooseEncoder(placeOf(session.env, session.configPath), await optionalConfig(session), named);
}

/** Where models are looked for. */
export const modelPlaces = async (session: Session): Promise<readonly string[]> => (await encoderChoice(session)).folders;
