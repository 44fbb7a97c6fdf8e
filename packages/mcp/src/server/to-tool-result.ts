import type { ErrorCode } from "@faultline/contracts";
import { AppError, ERROR_CODES, toAppError } from "@faultline/contracts";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { ToolReply } from "../tool.ts";

/** Where a failed result carries its error as data. */
export const ERROR_META = "faultline/error";

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"]);

/** What a failed tool result says, as data. */
export const ToolFailure = z.object({
	code: z.enum(ERROR_CODES),
	message: z.string(),
	hint: z.string().optional(),
	retryable: z.boolean(),
	retryAfterMs: z.number().optional(),
});
export type ToolFailure = z.infer<typeof ToolFailure>;

/** The text for the model, the same as data for a program, and links to the whole. `data` is already checked. */
export function toToolResult(reply: Omit<ToolReply<unknown>, "data">, data: Record<string, unknown>): CallToolResult {
	const links = (reply.links ?? []).map((link) => ({ type: "resource_link" as const, ...link }));
	const text = reply.text === "" ? [] : [{ type: "text" as const, text: reply.text }];
	return { content: [...text, ...(reply.extra ?? []), ...links], structuredContent: data };
}

/**
 * "CODE: what happened. Try: ...". The data goes to `_meta` and not to structuredContent: clients check the latter against the
 * tool's output schema even where the result is an error, and would show their own complaint instead of ours.
 */
export function toToolError(thrown: unknown): CallToolResult {
	const failure = describeFailure(thrown);
	const text = `${failure.code}: ${sentence(failure.message)}${failure.hint === undefined ? "" : ` Try: ${sentence(failure.hint)}`}`;
	return { isError: true, content: [{ type: "text", text }], _meta: { [ERROR_META]: failure } };
}

/** A defect's own message may hold anything (paths, values): it stays on this side. */
function describeFailure(thrown: unknown): ToolFailure {
	const error = toAppError(thrown);
	const { code, hint, retryAfterMs } = error;
	const message = code === "INTERNAL" && !(thrown instanceof AppError) ? "the server has a defect and could not answer" : error.message;
	return {
		code,
		message,
		...(hint === undefined ? {} : { hint }),
		retryable: RETRYABLE.has(code),
		...(retryAfterMs === undefined ? {} : { retryAfterMs }),
	};
}

/** The AppError that a failed result came from; results of servers that are not ours become BAD_RESPONSE. */
export function fromToolError(result: { content?: unknown; _meta?: Record<string, unknown> | undefined }): AppError {
	const failure = ToolFailure.safeParse(result._meta?.[ERROR_META]);
	if (!failure.success) return new AppError("BAD_RESPONSE", "the server answered with an error that does not say its code");
	const { code, message, hint, retryAfterMs } = failure.data;
	return new AppError(code, message, { ...(hint === undefined ? {} : { hint }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function sentence(text: string): string {
	return /[.!?]$/.test(text) ? text : `${text}.`;
}
