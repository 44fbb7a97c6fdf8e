import { environment } from "./environment.config.js";
import { currentSpan } from "./trace.js";

/** Each service logs in its own team's format: JSON, logfmt, or plain lines. All go to standard output. */

const quote = (value) => (/[\s"=]/.test(String(value)) || value === "" ? JSON.stringify(String(value)) : String(value));
const pairs = (fields) =>
	Object.entries(fields)
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => `${key}=${quote(value)}`);

const formats = {
	json(level, message, fields, span) {
		const context = { service: environment.service, pod: environment.pod, traceId: span?.traceId, spanId: span?.spanId };
		return JSON.stringify({ time: new Date().toISOString(), level, msg: message, ...context, ...fields });
	},
	logfmt(level, message, fields, span) {
		const head = { ts: new Date().toISOString(), level, msg: message };
		return pairs({ ...head, ...fields, trace: span?.traceId }).join(" ");
	},
	plain(level, message, fields, span) {
		const trace = span === undefined ? "-" : span.traceId;
		const time = new Date().toISOString().replace("T", " ").replace("Z", "");
		return [`${time} ${level.toUpperCase().padEnd(5)} [${trace}]`, message, ...pairs(fields)].join(" ");
	},
};

/** A logger that writes one line per call: `log.info("order placed", { orderId })`. */
export function createLog(format) {
	const write =
		(level) =>
		(message, fields = {}) => {
			process.stdout.write(`${formats[format](level, message, fields, currentSpan())}\n`);
		};
	return { info: write("info"), warn: write("warn"), error: write("error") };
}
