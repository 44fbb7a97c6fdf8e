import { describe, expect, it } from "vitest";
import { readLogMessage } from "./log-message.ts";
import { serviceOfGroup } from "./map-logs.ts";

describe("a log line", () => {
	it.each([
		["2026-06-19 09:00:00 ERROR [main] boom", 17],
		["[error] 7#7: upstream timed out", 17],
		["ts=1 level=warn msg=slow", 13],
		["I have no level at all", 0],
		["everything is in order, no error here", 0],
		[`${"x".repeat(200)} FATAL`, 0],
	])("%s has severity %i", (line, severity) => {
		expect(readLogMessage(line)).toEqual({ body: line, severity, attributes: {} });
	});

	it("of pino has its level as a number", () => {
		expect(readLogMessage('{"level":50,"msg":"failed","pid":1}\n')).toEqual({ body: "failed", severity: 17, attributes: { pid: 1 } });
	});

	it("of Container Insights names its pod and service", () => {
		const line = JSON.stringify({
			log: "GET / 200\n",
			kubernetes: { pod_name: "web-1", container_name: "web", labels: { "app.kubernetes.io/name": "shop-web" } },
		});
		expect(readLogMessage(line)).toMatchObject({ body: "GET / 200", pod: "web-1", service: "shop-web" });
	});

	it("that is not quite JSON is text", () => {
		expect(readLogMessage('{"message": "cut o')).toEqual({ body: '{"message": "cut o', severity: 0, attributes: {} });
		expect(readLogMessage('{"message": {"nested": 1}, "level": "error"}')).toMatchObject({
			body: '{"message": {"nested": 1}, "level": "error"}',
			severity: 17,
		});
	});

	it.each([
		["/aws/lambda/resize", "resize"],
		["/ecs/shop/web", "web"],
		["/aws/containerinsights/prod/application", "prod"],
		["plain", "plain"],
	])("in the group %s is of the service %s", (group, service) => {
		expect(serviceOfGroup(group)).toBe(service);
	});

	it.each([
		[
			"GET / trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 200",
			"4bf92f3577b34da6a3ce929d0e0e4736",
			"00f067aa0ba902b7",
		],
		["traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"],
		[
			"REPORT RequestId: x\tXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 1",
			"1-5759e988-bd862e3fe1be46a994272793",
			undefined,
		],
		["X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "1-5759e988-bd862e3fe1be46a994272793", undefined],
		['{"message":"dd.trace_id=1234567890123456789 boom"}', "1234567890123456789", undefined],
		["a trace of something", undefined, undefined],
	])("%s names its trace", (line, traceId, spanId) => {
		const read = readLogMessage(line);
		expect([read.traceId, read.spanId]).toEqual([traceId, spanId]);
	});
});
