import { AppError } from "@faultline/contracts";
import type { GrafanaClient } from "./client.ts";
import type { Datasource, Frame, QueryReply } from "./wire.ts";

/** One query through the data source's plugin; times are milliseconds, both ends included. */
export async function ask(
	client: GrafanaClient,
	{ uid, type }: Datasource,
	model: Record<string, unknown>,
	{ from, to }: { from: number; to: number },
	signal: AbortSignal,
): Promise<QueryReply> {
	return await client.query(
		[{ refId: "A", intervalMs: 1_000, maxDataPoints: 1_000, ...model, datasource: { uid, type } }],
		from,
		to,
		signal,
	);
}

/** @throws AppError BAD_INPUT where the data source did not accept the query */
export function framesOf({ uid, type }: Datasource, reply: QueryReply): Frame[] {
	const results = Object.values(reply.results);
	const failed = results.find((r) => r.error !== undefined);
	if (failed !== undefined)
		throw new AppError("BAD_INPUT", `the data source ${uid} did not accept the query (${failed.status ?? 400})`, {
			hint: `check the query; ${type} expects its own language, or its query model as JSON`,
		});
	return results.flatMap((r) => r.frames ?? []);
}
