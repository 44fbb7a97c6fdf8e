// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of docker-compose.yml and faultline.yaml are written like that.
// The files that a deployment is made from: docker-compose.yml, Dockerfile and the chart. What needs Docker's daemon is not tried here.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

const root = resolve(import.meta.dirname, "..");
const chart = join(root, "helm/faultline");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** $HELM, or helm on the path. */
const helm = [process.env.HELM, "helm"].find(
	(program) => program !== undefined && spawnSync(program, ["version"], { stdio: "ignore" }).status === 0,
);

describe("docker-compose.yml", () => {
	const compose = parse(read("docker-compose.yml"));

	it("serves Faultline on loopback, without rights it does not need", () => {
		const { faultline } = compose.services;
		expect(faultline.command).toEqual(["serve"]);
		for (const port of faultline.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
		expect(faultline).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
	});

	it("starts PostgreSQL and Redis only when asked", () => {
		expect(compose.services.postgres.profiles).toEqual(["postgres"]);
		expect(compose.services.redis.profiles).toEqual(["redis"]);
	});

	it("holds no secret: what is secret is passed on, without a value", () => {
		for (const [name, value] of Object.entries(compose.services.faultline.environment))
			if (/KEY|TOKEN|SECRET|PASSWORD/.test(name)) expect(value).toBeNull();
		expect(compose.services.postgres.environment.POSTGRES_PASSWORD).toBe("${POSTGRES_PASSWORD:-}");
	});

	it("mounts volumes that exist", () => {
		const named = Object.values<{ volumes?: unknown[] }>(compose.services)
			.flatMap((service) => service.volumes ?? [])
			.filter((volume): volume is string => typeof volume === "string")
			.map((volume) => volume.split(":")[0]);
		expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
	});
});

describe("Dockerfile", () => {
	const stages = read("Dockerfile")
		.split(/^FROM /m)
		.slice(1);
	const last = stages.at(-1) ?? "";

	it("builds in one stage and runs in another, as a user that is not root", () => {
		expect(stages).toHaveLength(2);
		expect(last).toMatch(/^node:24-\S*slim/);
		expect(last).toMatch(/^USER 1000:1000$/m);
		expect(last).toContain('ENTRYPOINT ["node", "/app/dist/faultline.js"]');
		expect(last).not.toMatch(/^COPY (?!--from=build)/m);
	});

	it("copies only paths that the checkout has", () => {
		for (const path of [
			"scripts/faiss.mjs",
			"scripts/bundle.mjs",
			"scripts/native-packages.mjs",
			"package.json",
			"LICENSE",
			"apps/cli/src/main.ts",
		])
			expect(existsSync(join(root, path)), path).toBe(true);
		expect(read("Dockerfile")).toContain(JSON.parse(read("package.json")).packageManager);
	});

	it("answers the health check on the port that the chart and compose file publish", () => {
		expect(last).toContain("EXPOSE 8420");
		expect(last).toContain("http://127.0.0.1:8420/api/v1/health");
		expect(read("apps/orchestrator/src/config/schema.ts")).toContain("default(8420)");
	});
});

describe("helm/faultline, as written", () => {
	const templates = readdirSync(join(chart, "templates")).map((name) => readFileSync(join(chart, "templates", name), "utf8"));

	it("has values that fit their schema's keys, and no Secret of its own", () => {
		const values = parse(readFileSync(join(chart, "values.yaml"), "utf8"));
		const schema = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8"));
		expect(
			Object.keys(schema.properties)
				.filter((key) => key !== "global")
				.sort(),
		).toEqual(Object.keys(values).sort());
		expect(templates.join("\n")).not.toMatch(/kind: Secret\b/);
		expect(JSON.stringify(values)).not.toMatch(/password|token":"[^"]/i);
	});

	it("asks for no verb that writes, and not for Secrets", () => {
		const verbs = [...templates.join("\n").matchAll(/verbs: \[([^\]]*)\]/g)].flatMap((match) => match[1]?.split(/,\s*/) ?? []);
		expect(new Set(verbs)).toEqual(new Set(["get", "list", "watch"]));
		expect(templates.join("\n")).not.toMatch(/resources:.*\b(?:secrets|configmaps)\b/);
	});
});

// Without helm the templates are not rendered: the checks below are then reported as skipped, by this name.
describe.skipIf(helm === undefined)("helm/faultline, rendered by helm (skipped where helm is not installed; set HELM to its path)", () => {
	function render(...args: string[]) {
		const text = execFileSync(helm ?? "helm", ["template", "release", chart, "--namespace", "ops", "--kube-version", "1.34.0", ...args], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "pipe"],
		});
		return parseAllDocuments(text).map((document) => {
			expect(document.errors).toEqual([]);
			return document.toJS();
		});
	}
	const kinds = (documents: { kind: string }[]) => documents.map((document) => document.kind).sort();

	it("passes helm's own lint", () => {
		expect(spawnSync(helm ?? "helm", ["lint", "--strict", chart], { stdio: "ignore" }).status).toBe(0);
	});

	it("makes a deployment that may only read", () => {
		const documents = render();
		expect(kinds(documents)).toEqual([
			"ClusterRole",
			"ClusterRoleBinding",
			"ConfigMap",
			"Deployment",
			"NetworkPolicy",
			"Service",
			"ServiceAccount",
		]);
		const role = documents.find((document) => document.kind === "ClusterRole");
		for (const rule of role.rules) expect(rule.verbs).toEqual(["get", "list", "watch"]);
		expect(role.rules.flatMap((rule: { resources: string[] }) => rule.resources)).toEqual(
			expect.arrayContaining(["pods", "pods/log", "events", "deployments", "replicasets", "nodes"]),
		);
		const pod = documents.find((document) => document.kind === "Deployment").spec.template.spec;
		expect(pod.securityContext.runAsNonRoot).toBe(true);
		const [container] = pod.containers;
		expect(container.securityContext).toMatchObject({
			readOnlyRootFilesystem: true,
			allowPrivilegeEscalation: false,
			capabilities: { drop: ["ALL"] },
		});
		for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) expect(container[probe].httpGet.path).toBe("/api/v1/health");
		expect(container.envFrom).toBeUndefined();
	});

	it("puts faultline.yaml into the ConfigMap, with references in place of secrets, and takes those from a Secret by name", () => {
		const documents = render(
			"--set-string",
			"config.sources.grafana.url=https://grafana.example",
			"--set-string",
			"config.sources.grafana.token=${GRAFANA_SERVICE_ACCOUNT_TOKEN}",
			"--set",
			"existingSecret=keys",
			"--set",
			"config.server.allowedHosts={faultline.example}",
		);
		const config = parse(documents.find((document) => document.kind === "ConfigMap").data["faultline.yaml"]);
		expect(config.server).toMatchObject({ host: "0.0.0.0", port: 8420 });
		expect(config.server.allowedHosts).toEqual([
			"release-faultline",
			"release-faultline.ops",
			"release-faultline.ops.svc",
			"release-faultline.ops.svc.cluster.local",
			"faultline.example",
		]);
		expect(config.sources.grafana.token).toBe("${GRAFANA_SERVICE_ACCOUNT_TOKEN}");
		expect(documents.find((document) => document.kind === "Deployment").spec.template.spec.containers[0].envFrom).toEqual([
			{ secretRef: { name: "keys" } },
		]);
	});

	it("reads only the named namespaces where some are named, and no cluster where there is no Kubernetes source", () => {
		expect(kinds(render("--set", "rbac.namespaces={shop,pay}")).filter((kind) => /Role/.test(kind))).toEqual([
			"Role",
			"Role",
			"RoleBinding",
			"RoleBinding",
		]);
		const none = render("--set", "config.sources.kubernetes=null", "--set", "config.sources.cloudwatch.region=eu-west-1");
		expect(kinds(none).filter((kind) => /Role/.test(kind))).toEqual([]);
		expect(none.find((document) => document.kind === "Deployment").spec.template.spec.automountServiceAccountToken).toBe(false);
	});

	it("keeps data where asked", () => {
		expect(kinds(render("--set", "persistence.enabled=true"))).toContain("PersistentVolumeClaim");
		expect(kinds(render("--set", "persistence.enabled=true", "--set", "persistence.existingClaim=mine"))).not.toContain(
			"PersistentVolumeClaim",
		);
	});

	it("refuses values that it does not know", () => {
		expect(() => render("--set", "servce.port=1")).toThrow();
		expect(() => render("--set", "service.port=0")).toThrow();
	});
});
