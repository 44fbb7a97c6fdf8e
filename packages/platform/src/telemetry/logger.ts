import type { Logger } from "pino";
import { destination, pino } from "pino";

export type { Logger } from "pino";

const SECRET_PATHS = ["authorization", "token", "password", "secret", "apiKey", "headers.authorization", "headers.cookie"];

/**
 * Lines of JSON on standard error, never standard output: that belongs to the protocol of a stdio server, and to the
 * data of the command line. `level` is one of pino's ("info", "debug", "silent"...).
 */
export function createLogger(name: string, level = "info"): Logger {
	return pino({ name, level, redact: { paths: SECRET_PATHS, censor: "[redacted]" } }, destination({ fd: 2, sync: true }));
}
