import { createHash } from "node:crypto";
import { AppError } from "@faultline/contracts";
import { z } from "zod";

const Wire = z.object({ h: z.string(), p: z.unknown() });
const MAX_LENGTH = 4096;

/** A place in the answer to `query`, opaque to its reader: base64url of JSON, with a hash of the query that it belongs to. */
export function encodeCursor(query: unknown, position: unknown): string {
	return Buffer.from(JSON.stringify({ h: hashOf(query), p: position })).toString("base64url");
}

/** The position back; BAD_INPUT where the text is no cursor, or one of another query. */
export function decodeCursor<T>(query: unknown, cursor: string, position: z.ZodType<T>): T {
	const wire = cursor.length > MAX_LENGTH ? undefined : Wire.safeParse(parse(cursor)).data;
	const place = wire === undefined ? undefined : position.safeParse(wire.p);
	if (wire === undefined || !place?.success)
		throw new AppError("BAD_INPUT", "this is not a cursor of this tool", {
			hint: "pass nextCursor of the page before exactly as it was, or leave cursor out",
		});
	if (wire.h !== hashOf(query))
		throw new AppError("BAD_INPUT", "this cursor belongs to another query", {
			hint: "repeat the same arguments with the cursor, or leave it out",
		});
	return place.data;
}

/** The query without what changes from page to page. Relative ends of a window must be resolved to instants first. */
function hashOf(query: unknown): string {
	return createHash("sha256").update(canonical(query)).digest("base64url").slice(0, 16);
}

function canonical(value: unknown): string {
	return (
		JSON.stringify(value, (_key, inner: unknown) =>
			typeof inner === "object" && inner !== null && !Array.isArray(inner)
				? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
				: inner,
		) ?? "null"
	);
}

function parse(cursor: string): unknown {
	try {
		return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
	} catch {
		return undefined;
	}
}
