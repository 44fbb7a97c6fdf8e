import { toAppError } from "@faultline/contracts";
import type { FaultlineConfig } from "@faultline/orchestrator/config/schema";
import { placeOf } from "./config.ts";
import type { Session } from "./session.ts";

const read = new WeakMap<Session, Promise<FaultlineConfig | undefined>>();

/**
 * The configuration, for what works without one: undefined where there is none. One that is wrong is not used either, and that is said once;
 * where --config named it, it is an error.
 */
export function optionalConfig(session: Session): Promise<FaultlineConfig | undefined> {
	const known = read.get(session) ?? readConfig(session);
	read.set(session, known);
	return known;
}

async function readConfig(session: Session): Promise<FaultlineConfig | undefined> {
	const explicit = session.configPath !== undefined;
	try {
		return await configWhereThere(session);
	} catch (thrown) {
		if (explicit) throw thrown;
		session.stderr.write(`faultline: the configuration was not used: ${toAppError(thrown).message.split("\n")[0]}\n`);
		return undefined;
	}
}

/** The configuration; undefined where there is none. @throws BAD_CONFIG where there is one that is wrong, or --config names none. */
export async function configWhereThere(session: Session): Promise<FaultlineConfig | undefined> {
	const { loadConfig, readConfigFile } = await import("@faultline/orchestrator/config/load-config");
	const place = placeOf(session.env, session.configPath);
	const there = await readConfigFile(place).then(
		() => true,
		() => false,
	);
	return there || session.configPath !== undefined ? (await loadConfig(place)).config : undefined;
}
