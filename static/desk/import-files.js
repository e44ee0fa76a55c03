// Lists to take away: CSV that every spreadsheet reads as UTF-8 and as text, and JSON.

// A cell that begins like a formula is one to a spreadsheet, and these words may quote somebody.
const inert = (text = "") => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;

function csv(header, rows) {
  return `\ufeff${[header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

export function save(name, text, type = "text/csv;charset=utf-8") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const problemsOf = (problems) =>
  csv(
    ["row", "column", "header", "value", "rule", "detail", "remedy"],
    problems.map(({ row, column, header, value, rule, detail, remedy }) => [row, column, ...[header, value, rule, detail, remedy].map((text) => inert(text))]),
  );

// One line for each row of the table, as the report of `packtrace import` has it (docs/import.md).
export function reportOf(entries) {
  const lines = entries.flatMap(({ id, rows, result }) => {
    const { rule, detail, remedy } = result?.problem ?? {};
    return rows.map((row) => [row, id, result?.index, result?.result ?? "not sent", ...[rule, detail, remedy].map((text) => inert(text))]);
  });
  return csv(["row", "event_id", "index", "result", "rule", "detail", "remedy"], lines.sort((one, other) => one[0] - other[0]));
}

export const receiptsOf = (entries) =>
  JSON.stringify(entries.filter((one) => one.result?.receipt).map(({ id, rows, result }) => ({ rows, id, index: result.index, receipt: result.receipt })), null, 1);
