import { createHash } from "node:crypto";
import { ServiceError } from "./service-error.ts";

const digestOf = (query: unknown) => createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);

/** An opaque token: a position, bound to the query it belongs to. */
export function writeToken(query: unknown, position: number): string {
	return `${digestOf(query)}/${position}`;
}

/**
 * The position of a token; 0 where there is none.
 *
 * @throws ServiceError where the token is not one, or belongs to another query
 */
export function readToken(query: unknown, token: string | undefined, code: string): number {
	if (token === undefined) return 0;
	const [digest, position] = token.split("/");
	if (digest !== digestOf(query) || !/^\d+$/.test(position ?? "")) throw new ServiceError(code, "The specified nextToken is invalid.");
	return Number(position);
}

/** One page of a list that is held whole. */
export function pageOf<T>(
	all: readonly T[],
	query: unknown,
	token: string | undefined,
	size: number,
	code: string,
): { items: T[]; next: string | undefined } {
	const start = readToken(query, token, code);
	const end = start + size;
	return { items: all.slice(start, end), next: end < all.length ? writeToken(query, end) : undefined };
}
