import { MECHANISMS } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { wordsOf, workloadOfPod } from "../graph/names.ts";
import { CATEGORY_OF } from "./category.ts";
import { meaningOfMetric } from "./metric-lexicon.ts";
import { isBenignText, mechanismsOfText } from "./text-lexicon.ts";

describe("mechanismsOfText", () => {
	it.each([
		["java.lang.OutOfMemoryError: Java heap space", "memory-exhausted"],
		["FATAL: sorry, too many clients already", "connections-exhausted"],
		["write /data/log: no space left on device", "disk-full"],
		["dial tcp: lookup db on 10.0.0.10:53: no such host", "name-resolution"],
		["0/3 nodes are available: 3 Insufficient memory.", "unschedulable"],
		["deadlock detected", "lock-contention"],
		["429 Too Many Requests", "rate-limited"],
		['configmap "settings" not found', "missing-configuration"],
		["Multi-AZ instance failover started", "failover"],
		["failed to parse message: unexpected end of JSON input", "bad-input"],
		["TypeError: Cannot read properties of undefined", "exceptions"],
		["Replica lag exceeded 600 seconds", "replication-lag"],
		["Node is not ready: kubelet stopped posting node status (NodeNotReady)", "node-down"],
	])("%s", (text, mechanism) => {
		const [first] = [...mechanismsOfText(text)].sort((a, b) => b[1] - a[1]);
		expect(first?.[0]).toBe(mechanism);
	});
	it("finds nothing in ordinary lines", () => {
		for (const line of ["request done in 12 ms", "Started HTTP server on :8080", "order 3 paid", ""])
			expect([...mechanismsOfText(line)]).toEqual([]);
	});
	it("is linear on hostile text", () => {
		const began = process.cpuUsage().user;
		mechanismsOfText(`${"configmap ".repeat(2_000_000)}`);
		mechanismsOfText(`certificate ${" ".repeat(5_000_000)}`);
		expect(process.cpuUsage().user - began).toBeLessThan(1_000_000);
	});
	it.each([
		["Automated backup finished", true],
		["transient issue, retried successfully", true],
		["failover completed, instance recovered", true],
		["backup failed, not completed", false],
		["Back-off restarting failed container", false],
	])("%s is benign: %s", (text, benign) => expect(isBenignText(text)).toBe(benign));
});

describe("meaningOfMetric", () => {
	it.each([
		["CPUUtilization_Average", "saturation", "up", "cpu-saturated"],
		["container_memory_working_set_bytes", "saturation", "up", "memory-exhausted"],
		["FreeStorageSpace_Minimum", "saturation", "down", "disk-full"],
		["DatabaseConnections_Maximum", "saturation", "up", "connections-exhausted"],
		["ReplicaLag_Maximum", "saturation", "up", "replication-lag"],
		["http_server_duration_p99_ms", "symptom", "up", undefined],
		["availability_average", "symptom", "down", undefined],
		["error_rate_5xx_ratio", "symptom", "up", undefined],
		["requests_per_sec", "load", "up", undefined],
		["db_pool_max_conns", "limit", "both", undefined],
		["container_memory_limit_mb", "limit", "both", undefined],
	])("%s is %s", (name, role, bad, mechanism) => {
		const meaning = meaningOfMetric(name);
		expect([meaning.role, meaning.bad, meaning.mechanism]).toEqual([role, bad, mechanism]);
	});
	it("admits what it does not know", () => expect(meaningOfMetric("blorp_total")).toMatchObject({ role: "other", bad: "both" }));
});

it("every mechanism has a category", () => expect(Object.keys(CATEGORY_OF).sort()).toEqual([...MECHANISMS].sort()));

describe("names", () => {
	it.each([
		["cart-7f9dd8b6c4-x7gr9", "cart"],
		["fluentd-x2k9p", undefined],
		["web", undefined],
		["db-0", undefined],
	])("%s belongs to %s", (pod, workload) => expect(workloadOfPod(pod)).toBe(workload));
	it("reads short suffixes where the workload is known", () => {
		expect(workloadOfPod("db-0", new Set(["db"]))).toBe("db");
		expect(workloadOfPod("fluentd-x2k9p", new Set(["fluentd"]))).toBe("fluentd");
	});
	it("splits words", () => expect(wordsOf("HTTPServerErrors_p99.ms")).toEqual(["http", "server", "errors", "p99", "ms"]));
});
