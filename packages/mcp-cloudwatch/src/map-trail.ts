import type { Event } from "@aws-sdk/client-cloudtrail";
import type { Signal } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { trailLink } from "./console-links.ts";
import { TrailRecord } from "./wire.ts";

/** What machines call all the time and changes nothing that an incident could come from. */
export const MACHINE_NOISE =
	/^(CreateLogStream|CreateLogGroup|ConsoleLogin|UpdateInstanceInformation|UpdateInstanceAssociationStatus|PutInventory|PutComplianceItems|GenerateDataKey.*|CreateGrant|RetireGrant|StartQuery|StopQuery|SendHeartbeat|RegisterContainerInstance|SubmitTaskStateChange|SubmitContainerStateChange)$/;

/** What kind of change a call is, by its name; the first that fits. */
const TYPES: readonly [string, RegExp][] = [
	["scale", /Capacity|Scaling|Scale|ReservedConcurrency|ProvisionedConcurrency/],
	[
		"deploy",
		/^(CreateDeployment|UpdateService|CreateService|UpdateFunctionCode|PublishVersion|UpdateAlias|RegisterTaskDefinition|StartDeployment|StartPipelineExecution|UpdateStack|CreateStack|ExecuteChangeSet|UpdateEnvironment|CreateApplicationVersion|StartInstanceRefresh|UpdateApplication|CreateChangeSet|RunTask)/,
	],
	["flag", /FeatureFlag|Feature$|Experiment/],
	[
		"config",
		/^(Put|Update|Modify|Set|Create|Delete|Attach|Detach|Associate|Disassociate|Enable|Disable|Authorize|Revoke|Add|Remove|Change|Reboot|Stop|Start|Terminate)/,
	],
];
/** Parameters that name the thing a call is about, the most telling first. */
const NAMED_BY = [
	"service",
	"serviceName",
	"functionName",
	"dBInstanceIdentifier",
	"cacheClusterId",
	"deploymentGroupName",
	"applicationName",
	"autoScalingGroupName",
	"stackName",
	"name",
	"tableName",
	"queueUrl",
	"instanceId",
	"groupId",
	"roleName",
	"bucketName",
];
const SERVICE_BY = ["service", "serviceName", "functionName", "applicationName"];
const FAILED = 13;
const CHANGED = 9;

/** A write event of CloudTrail as a change. */
export function mapTrailEvent(event: Event, region: string): Signal {
	const name = event.EventName ?? "unknown";
	const record = TrailRecord.safeParse(parse(event.CloudTrailEvent)).data;
	const parameters = record?.requestParameters ?? {};
	const valueNamed = (names: readonly string[]) =>
		names.map((n) => parameters[n]).find((v): v is string => typeof v === "string" && v !== "");
	const resource = shortName(valueNamed(NAMED_BY) ?? event.Resources?.[0]?.ResourceName ?? event.EventSource ?? "unknown");
	const service = valueNamed(SERVICE_BY);
	const author = redact(event.Username ?? "");
	const failed = record?.errorCode;
	const title = redact(`${name} of ${resource}${failed === undefined ? "" : ` failed (${failed})`}`);
	const asked = redactDeep(parameters);
	const time = event.EventTime ?? new Date(0);
	const id = event.EventId ?? `${name} ${time.getTime()}`;
	return {
		id: `cloudwatch:change:${id}`,
		source: "cloudwatch",
		kind: "change",
		time: time.toISOString(),
		severity: failed === undefined ? CHANGED : FAILED,
		...(service === undefined ? {} : { service: shortName(service) }),
		resource,
		body: title.text,
		attributes: {
			eventSource: event.EventSource ?? "",
			eventName: name,
			...(failed === undefined ? {} : { errorCode: failed }),
			...(Object.keys(parameters).length === 0 ? {} : { parameters: bounded(asked.value) }),
		},
		count: 1,
		url: trailLink(region, { from: time.getTime(), to: time.getTime() }, event.EventId),
		redactions: title.count + author.count + asked.count,
		change: {
			type: TYPES.find(([, pattern]) => pattern.test(name))?.[0] ?? "other",
			id,
			title: title.text,
			...(author.text === "" ? {} : { author: author.text }),
		},
	};
}

/** The last part of an ARN or a path. */
const shortName = (name: string): string => name.split(/[:/]/).findLast((part) => part !== "") ?? name;

/** Parameters may hold a whole template; a change needs what it changed, not all of it. */
function bounded(parameters: Record<string, unknown>): Record<string, unknown> | string {
	const text = JSON.stringify(parameters);
	return text.length <= 2_000 ? parameters : `${text.slice(0, 2_000)}...`;
}

function parse(text: string | undefined): unknown {
	try {
		return JSON.parse(text ?? "");
	} catch {
		return undefined;
	}
}
