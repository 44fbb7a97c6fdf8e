export const DATASOURCE_UID = "prometheus";

/** GET /api/datasources: one Prometheus, which is the sandbox itself. */
export const DATASOURCES = [
	{
		id: 1,
		uid: DATASOURCE_UID,
		orgId: 1,
		name: "Prometheus",
		type: "prometheus",
		typeName: "Prometheus",
		access: "proxy",
		url: "http://prometheus:9090",
		user: "",
		database: "",
		basicAuth: false,
		isDefault: true,
		jsonData: { httpMethod: "POST", timeInterval: "15s" },
		readOnly: true,
	},
];
