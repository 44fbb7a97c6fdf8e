import { expect, it } from "vitest";
import { edgeSpan, readLine } from "./log-lines.ts";

const TRACE = "0a9c628ac56859c187ec634c2abbcad9";
const AT = new Date("2026-11-21T10:19:02.500Z");
const ACCESS = `203.0.113.175 - - [21/Nov/2026:10:19:02 +0000] "POST /checkout HTTP/1.1" 502 37 "-" "shop-app/4.2 (Android 15)" rt=3.012 urt=3.012 t=1795256342.014 rid=${TRACE}`;

it.each([
	{
		line: `{"time":"2026-11-21T10:19:02.100Z","level":"warn","msg":"m","service":"cart","pod":"p","traceId":"${TRACE}","n":1}`,
		time: "2026-11-21T10:19:02.100Z",
		severity: "WARN",
		traceId: TRACE,
		body: "m",
	},
	{ line: `2026-11-21 10:19:02.014 ERROR [${TRACE}] broken a=1`, time: "2026-11-21T10:19:02.014Z", severity: "ERROR", traceId: TRACE },
	{ line: "2026-11-21 10:19:02.014 INFO  [-] listening on 1", time: "2026-11-21T10:19:02.014Z", severity: "INFO", traceId: undefined },
	{
		line: `ts=2026-11-21T10:18:24.614Z level=warn msg="no product 9" trace=${TRACE}`,
		time: "2026-11-21T10:18:24.614Z",
		severity: "WARN",
		traceId: TRACE,
	},
	{
		line: "2026-11-21 10:24:04.945 UTC [29060] orders@shop/[unknown] FATAL:  sorry, too many clients already",
		time: "2026-11-21T10:24:04.945Z",
		severity: "FATAL",
		traceId: undefined,
	},
	{
		line: "2026-11-21 10:24:04.945 UTC [29060] LOG:  checkpoint starting: time",
		time: "2026-11-21T10:24:04.945Z",
		severity: "INFO",
		traceId: undefined,
	},
	{ line: "123:M 21 Nov 2026 10:19:02.123 # WARNING overcommit", time: AT.toISOString(), severity: "WARN", traceId: undefined },
	{ line: "2026/11/21 10:19:02 [error] 12#12: *3 connect() failed", time: AT.toISOString(), severity: "ERROR", traceId: undefined },
	{ line: ACCESS, time: "2026-11-21T10:19:02.014Z", severity: "ERROR", traceId: TRACE },
	{ line: "something else {", time: AT.toISOString(), severity: undefined, traceId: undefined },
])("reads $line", ({ line, time, severity, traceId, body }) => {
	const record = readLine(line, { service: "s", pod: "s-1" }, AT);
	expect(record).toMatchObject({ time, service: "s", pod: "s-1", body: body ?? line });
	expect(record.severity).toBe(severity);
	expect(record.traceId).toBe(traceId);
});

it("keeps the other fields of a JSON line as attributes", () => {
	const record = readLine('{"time":"2026-11-21T10:19:02.100Z","level":"info","msg":"m","status":200}', { service: "s" });
	expect(record.attributes).toEqual({ status: 200 });
});

it("makes the edge's span of an access line", () => {
	expect(edgeSpan(ACCESS)).toMatchObject({
		time: "2026-11-21T10:18:59.002Z",
		traceId: TRACE,
		spanId: TRACE.slice(0, 16),
		service: "nginx",
		durationMs: 3012,
		status: "ERROR",
	});
	expect(edgeSpan("something else")).toBeUndefined();
});
