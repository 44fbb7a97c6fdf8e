import type { FastifyReply, FastifyRequest } from "fastify";

/** Sentry's largest page. */
const MOST = 100;

/**
 * One page of a list, with the Link header: a cursor is "value:offset:is-previous", and `results` says whether there is such a page.
 * `sizeName` is the parameter that this endpoint heeds ("limit" or "per_page").
 */
export function paginate<T>(request: FastifyRequest, reply: FastifyReply, all: readonly T[], sizeName: "limit" | "per_page"): T[] {
	const query = request.query as Record<string, string | undefined>;
	const size = Math.min(MOST, Math.max(1, Number(query[sizeName] ?? MOST) || MOST));
	const offset = Number(/^\d+:(\d+):[01]$/.exec(query.cursor ?? "0:0:0")?.[1] ?? 0);
	const url = new URL(request.url, `http://${request.headers.host ?? "sandbox"}`);
	const link = (rel: string, cursor: string, results: boolean) => {
		url.searchParams.set("cursor", cursor);
		return `<${url.href}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`;
	};
	reply.header(
		"link",
		[
			link("previous", `0:${Math.max(0, offset - size)}:1`, offset > 0),
			link("next", `0:${offset + size}:0`, offset + size < all.length),
		].join(", "),
	);
	return all.slice(offset, offset + size);
}

/** `start` and `end`, or `statsPeriod`, as milliseconds; an open end is infinite. Sentry's times are UTC, with or without a Z. */
export function periodOf(request: FastifyRequest, now: number): (ms: number) => boolean {
	const { start, end, statsPeriod } = request.query as Record<string, string | undefined>;
	const utc = (text: string | undefined, otherwise: number) =>
		text === undefined ? otherwise : Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
	const [, amount, unit] = /^(\d+)([smhdw])$/.exec(statsPeriod ?? "") ?? [];
	const back = Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit ?? ""] ?? 0) * 1000;
	const from = amount === undefined ? utc(start, Number.NEGATIVE_INFINITY) : now - back;
	const to = utc(end, Number.POSITIVE_INFINITY);
	return (ms) => ms >= from && ms < to;
}
