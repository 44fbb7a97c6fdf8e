import { ServiceError } from "./service-error.ts";

/** A call, whichever protocol it came in. */
export interface Call {
	service: "logs" | "cloudwatch" | "cloudtrail";
	operation: string;
	input: unknown;
	protocol: "json-1.0" | "json-1.1" | "query";
}

const TARGETS: readonly [string, Call["service"], Call["protocol"]][] = [
	["Logs_20140328.", "logs", "json-1.1"],
	["GraniteServiceVersion20100801.", "cloudwatch", "json-1.0"],
	["CloudTrail_20131101.", "cloudtrail", "json-1.1"],
	["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", "cloudtrail", "json-1.1"],
];

/**
 * Reads a call: AWS JSON names the operation in X-Amz-Target, the Query protocol (older command lines) in a form field.
 *
 * @throws ServiceError for a protocol or a body that is not understood
 */
export function readCall(headers: Record<string, string | string[] | undefined>, body: string): Call {
	const target = String(headers["x-amz-target"] ?? "");
	for (const [prefix, service, protocol] of TARGETS) {
		if (target.startsWith(prefix)) return { service, protocol, operation: target.slice(prefix.length), input: parseJson(body) };
	}
	if (String(headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) {
		const form = new URLSearchParams(body);
		return { service: "cloudwatch", protocol: "query", operation: form.get("Action") ?? "", input: nest(form) };
	}
	throw new ServiceError("UnknownOperationException", "The sandbox speaks AWS JSON (X-Amz-Target) and the Query protocol.");
}

function parseJson(body: string): unknown {
	try {
		return JSON.parse(body === "" ? "{}" : body);
	} catch {
		throw new ServiceError("SerializationException", "The request body is not JSON.");
	}
}

type Tree = { [key: string]: Tree | string };

/** "Dimensions.member.1.Name=x" as {Dimensions: [{Name: "x"}]}. */
function nest(form: URLSearchParams): unknown {
	const root: Tree = Object.create(null) as Tree;
	for (const [key, value] of form) {
		if (key === "Action" || key === "Version") continue;
		const path = key.split(".");
		const leaf = path.pop() ?? key;
		let at = root;
		for (const part of path) {
			const next = at[part];
			const child: Tree = typeof next === "object" ? next : (Object.create(null) as Tree);
			at[part] = child;
			at = child;
		}
		at[leaf] = value;
	}
	return listsOf(root);
}

function listsOf(value: Tree | string): unknown {
	if (typeof value === "string") return value;
	const members = value.member;
	if (typeof members === "object") {
		return Object.keys(members)
			.sort((a, b) => Number(a) - Number(b))
			.map((k) => listsOf(members[k] ?? ""));
	}
	return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, listsOf(v)]));
}

export interface WireReply {
	status: number;
	headers: Record<string, string>;
	body: string;
}

const JSON_TYPES = { "json-1.0": "application/x-amz-json-1.0", "json-1.1": "application/x-amz-json-1.1", query: "text/xml" } as const;

/** A result in the protocol of its call: a Date is epoch seconds in JSON, ISO 8601 in XML. */
export function writeResult(call: Call, result: object, requestId: string): WireReply {
	const headers = { "content-type": JSON_TYPES[call.protocol], "x-amzn-requestid": requestId };
	if (call.protocol !== "query") return { status: 200, headers, body: JSON.stringify(secondsForDates(result)) };
	const { operation } = call;
	const body =
		`<${operation}Response xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><${operation}Result>${xmlOf(result)}</${operation}Result>` +
		`<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`;
	return { status: 200, headers, body };
}

/** A failure in the protocol of its call; JSON 1.1 where the call was not understood. */
export function writeError(call: Call | undefined, error: ServiceError, requestId: string): WireReply {
	const protocol = call?.protocol ?? "json-1.1";
	const headers = { "content-type": JSON_TYPES[protocol], "x-amzn-requestid": requestId, "x-amzn-errortype": error.code };
	if (protocol !== "query") return { status: error.status, headers, body: JSON.stringify({ __type: error.code, message: error.message }) };
	const fields = { Type: error.status < 500 ? "Sender" : "Receiver", Code: error.code, Message: error.message };
	return {
		status: error.status,
		headers,
		body: `<ErrorResponse><Error>${xmlOf(fields)}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
	};
}

function secondsForDates(value: unknown): unknown {
	if (value instanceof Date) return value.getTime() / 1000;
	if (Array.isArray(value)) return value.map(secondsForDates);
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, secondsForDates(v)]));
}

function xmlOf(value: unknown): string {
	if (value === undefined || value === null) return "";
	if (value instanceof Date) return value.toISOString();
	if (Array.isArray(value)) return value.map((v) => `<member>${xmlOf(v)}</member>`).join("");
	if (typeof value !== "object") return escapeXml(String(value));
	return Object.entries(value)
		.filter(([, v]) => v !== undefined)
		.map(([k, v]) => `<${k}>${xmlOf(v)}</${k}>`)
		.join("");
}

function escapeXml(text: string): string {
	return text.replace(/[&<>]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : "&gt;"));
}
