// Fills in the time zone of whoever looks at the form of a schedule.

const field = document.querySelector("input[name=zone]");
if (field && field.value === field.defaultValue && field.value === "UTC") {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
