import { AppError, toAppError } from "@faultline/contracts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InvestigationState } from "../jobs/investigations.ts";
import { confirmIncident, forgetConfirmation } from "../learned/confirm-incident.ts";
import type { Desk } from "../tools/desk.ts";
import { progressLine, whatsBrokenInput } from "../tools/whats-broken.ts";
import { toHttpStatus } from "./to-http-status.ts";

const StartBody = whatsBrokenInput.extend({ baseline: z.string().max(40).optional() }).strict();
const ListQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) });

const ConfirmBody = z.union([z.strictObject({ cause: z.string().trim().min(1).max(400) }), z.strictObject({ healthy: z.literal(true) })]);

/** The orchestrator's REST interface, below /api/v1. */
export function incidentRoutes(app: FastifyInstance, desk: Desk, version: string): void {
	app.setErrorHandler((thrown, _request, reply) => {
		const error = thrown instanceof AppError ? thrown : httpError(thrown);
		const { code, message, hint } = error;
		if (error.retryAfterMs !== undefined) reply.header("retry-after", Math.ceil(error.retryAfterMs / 1000));
		return reply
			.code(refusalOf(thrown) ?? toHttpStatus(code))
			.send({ error: { code, message: code === "INTERNAL" && !(thrown instanceof AppError) ? "the server has a defect" : message, hint } });
	});
	app.setNotFoundHandler((request) => {
		throw new AppError("NOT_FOUND", `there is no ${request.method} ${request.url.split("?")[0]?.slice(0, 100)}`, {
			hint: "GET /api/v1/health, GET or POST /api/v1/incidents, GET /api/v1/incidents/:id, PUT or DELETE /api/v1/incidents/:id/confirmation, POST /mcp",
		});
	});

	app.get("/api/v1/health", () => ({ status: "ok", version }));

	app.get("/api/v1/incidents", async (request) => {
		const { limit } = checked(ListQuery, request.query);
		return { incidents: await desk.store.list(limit) };
	});

	app.post("/api/v1/incidents", async (request, reply) => {
		const body = checked(StartBody, request.body ?? {});
		const state = desk.investigations.start(body);
		return reply.code(202).header("location", `/api/v1/incidents/${state.handle}`).send(stateAnswer(state));
	});

	app.get<{ Params: { id: string } }>("/api/v1/incidents/:id", async (request, reply) => {
		const { id } = request.params;
		const state = desk.investigations.get(id);
		if (state !== undefined && state.report === undefined) {
			if (state.error !== undefined) throw state.error;
			return reply.code(202).send(stateAnswer(state));
		}
		if (state?.report === undefined) return await desk.store.report(id);
		const confirmed = await desk.store.confirmations.of(id);
		return confirmed === undefined ? state.report : { ...state.report, confirmed };
	});

	app.put<{ Params: { id: string } }>("/api/v1/incidents/:id/confirmation", async (request) => {
		const parsed = ConfirmBody.safeParse(request.body);
		if (!parsed.success)
			throw new AppError("BAD_INPUT", "say what the cause was, or that there was no incident", {
				hint: '{"cause": "checkout"} or {"healthy": true}',
			});
		const { id, cause, at } = await confirmIncident(desk.store, request.params.id, parsed.data, desk.bench.now());
		desk.relearning.request();
		return { id, confirmed: { cause, at } };
	});

	app.delete<{ Params: { id: string } }>("/api/v1/incidents/:id/confirmation", async (request, reply) => {
		await forgetConfirmation(desk.store, request.params.id);
		desk.relearning.request();
		return reply.code(204).send();
	});
}

function stateAnswer(state: InvestigationState) {
	const { handle, stage, window, sources } = state;
	return { id: handle, status: "running", stage, window, sources, progress: progressLine(state) };
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map((i) =>
		i.code === "unrecognized_keys"
			? `unknown field ${i.keys.map((k) => k.slice(0, 60)).join(", ")}`
			: `${i.path.join(".") || "body"}: ${i.message}`,
	);
	throw new AppError("BAD_INPUT", problems.join("; "), { hint: 'a JSON object such as {"since": "30m", "service": "checkout"}' });
}

/** The status of fastify's own refusals: 400 not JSON, 413 too large, 415 another type of body. */
function refusalOf(thrown: unknown): number | undefined {
	const status = thrown instanceof AppError ? undefined : (thrown as { statusCode?: number }).statusCode;
	return status !== undefined && status >= 400 && status < 500 ? status : undefined;
}

/** What fastify refuses is the caller's to mend. */
function httpError(thrown: unknown): AppError {
	if (refusalOf(thrown) !== undefined)
		return new AppError("BAD_INPUT", "the request could not be read", { hint: "send JSON with content-type application/json, under 1 MB" });
	return toAppError(thrown);
}
