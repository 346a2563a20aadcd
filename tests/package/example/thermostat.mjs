// An application: it switches a heater by what a thermometer says.

/** Runs on a connected client of MQTT.js. */
export async function runThermostat(client, wanted) {
  client.on("message", (topic, payload) => {
    const room = topic.split("/")[1];
    const state = Number(String(payload)) < wanted ? "on" : "off";
    client.publish(`heater/${room}`, state, { qos: 1, retain: true });
  });
  await client.subscribeAsync("temperature/+", { qos: 1 });
}
