type Json = Record<string, unknown>;
const fieldsOf = (value: unknown): Json | undefined =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/**
 * An event as it was sent and stored (events/{id}/json/, and what servers other than Sentry's own answer) in the form of Sentry's API:
 * exceptions and messages as entries, tags as pairs, an ISO time. An event that is in that form already stays as it is.
 */
export function asApiEvent(event: unknown): unknown {
	const stored = fieldsOf(event);
	if (stored === undefined || stored.entries !== undefined || (stored.event_id === undefined && stored.exception === undefined))
		return event;
	const { exception, logentry, message, timestamp, tags, request, release } = stored;
	const values = Array.isArray(exception) ? exception : fieldsOf(exception)?.values;
	const entry = fieldsOf(logentry) ?? fieldsOf(message) ?? (typeof message === "string" ? { formatted: message } : undefined);
	return {
		...stored,
		eventID: stored.event_id,
		message: typeof message === "string" ? message : undefined,
		dateCreated: typeof timestamp === "number" ? new Date(timestamp * 1000).toISOString() : timestamp,
		tags: pairsOf(tags, stored),
		release: typeof release === "string" ? { version: release } : release,
		context: stored.extra,
		entries: [
			...(Array.isArray(values) ? [{ type: "exception", data: { values: values.map(exceptionOf) } }] : []),
			...(entry === undefined ? [] : [{ type: "message", data: { ...entry, formatted: entry.formatted ?? entry.message } }]),
			...(fieldsOf(request) && Object.keys(request as Json).length > 0 ? [{ type: "request" }] : []),
		],
	};
}

function exceptionOf(value: unknown): unknown {
	const exception = fieldsOf(value);
	const frames = fieldsOf(exception?.stacktrace)?.frames;
	if (exception === undefined || !Array.isArray(frames)) return value;
	const named = frames.map((f) => {
		const frame = fieldsOf(f) ?? {};
		return { ...frame, absPath: frame.abs_path, lineNo: frame.lineno, inApp: frame.in_app };
	});
	return { ...exception, stacktrace: { frames: named } };
}

/** Tags are an object or a list of pairs; what Sentry makes tags of by itself is added. */
function pairsOf(tags: unknown, { level, environment, server_name }: Json): { key: string; value: unknown }[] {
	const told = Array.isArray(tags) ? tags.filter(Array.isArray) : Object.entries(fieldsOf(tags) ?? {});
	const own = Object.entries({ level, environment, server_name }).filter(([, v]) => typeof v === "string");
	return [...own, ...told].map(([key, value]) => ({ key: String(key), value }));
}
