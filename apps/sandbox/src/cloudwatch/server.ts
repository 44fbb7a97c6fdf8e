import { createHash } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import type { World } from "../world.ts";
import { alarmsOperations } from "./alarms-api.ts";
import { insightsOperations } from "./insights-api.ts";
import { logGroupsOf } from "./log-groups.ts";
import { logsOperations } from "./logs-api.ts";
import { metricsOperations } from "./metrics-api.ts";
import { ServiceError } from "./service-error.ts";
import { trailOperations } from "./trail-api.ts";
import { type Call, readCall, type WireReply, writeError, writeResult } from "./wire-protocols.ts";

/**
 * CloudWatch Logs, CloudWatch and CloudTrail on one port, reading only: AWS JSON 1.1 and 1.0 (the SDKs, current command lines) and the
 * Query protocol with XML (older command lines). Signatures are not checked; that some credentials were sent is.
 */
export function createCloudWatchApi(world: World): FastifyInstance {
	const app = Fastify({ bodyLimit: 4 * 1024 * 1024 });
	const groups = logGroupsOf(world);
	const operations = {
		logs: { ...logsOperations(groups), ...insightsOperations(groups) },
		cloudwatch: { ...metricsOperations(world), ...alarmsOperations(world) },
		cloudtrail: trailOperations(world),
	};
	let calls = 0;
	app.removeAllContentTypeParsers();
	app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
	app.post("/*", async (request, reply) => {
		const requestId = createHash("sha256")
			.update(String(++calls))
			.digest("hex")
			.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
		const answer = answerCall(operations, request.headers, String(request.body ?? ""), requestId);
		return reply.code(answer.status).headers(answer.headers).send(answer.body);
	});
	return app;
}

function answerCall(
	operations: Record<Call["service"], Record<string, (input: unknown) => object>>,
	headers: Record<string, string | string[] | undefined>,
	body: string,
	requestId: string,
): WireReply {
	let call: Call | undefined;
	try {
		call = readCall(headers, body);
		if (headers.authorization === undefined)
			throw new ServiceError("MissingAuthenticationTokenException", "Request is missing Authentication Token", 403);
		const operation = operations[call.service][call.operation];
		if (!operation) throw new ServiceError("UnknownOperationException", `The sandbox does not have ${call.operation}.`);
		return writeResult(call, operation(call.input), requestId);
	} catch (error) {
		const known = error instanceof ServiceError ? error : new ServiceError("InternalFailure", "The sandbox failed.", 500);
		return writeError(call, known, requestId);
	}
}
