#include "reporting/csv.h"

#include "nmsw/base/error.h"

namespace nmsw::reporting {
namespace {

std::vector<std::vector<std::string>> split_lines(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> line;
  std::string field;
  bool is_quoted = false;
  bool has_content = false;
  const auto end_line = [&] {
    if (has_content) {
      line.push_back(std::move(field));
      lines.push_back(std::move(line));
    }
    line.clear();
    field.clear();
    has_content = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (is_quoted) {
      if (letter != '"') {
        field += letter;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        is_quoted = false;
      }
      continue;
    }
    if (letter == '\n') {
      end_line();
      continue;
    }
    if (letter == '\r') continue;
    has_content = true;
    if (letter == '"') {
      is_quoted = true;
    } else if (letter == ',') {
      line.push_back(std::move(field));
      field.clear();
    } else {
      field += letter;
    }
  }
  end_line();
  return lines;
}

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& name) {
  const auto lines = split_lines(text);
  std::vector<CsvRecord> records;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].size() != lines[0].size()) {
      throw DataError("{}: record {}: expected {} fields, found {}; correct the file", name, i,
                      lines[0].size(), lines[i].size());
    }
    CsvRecord record;
    for (size_t c = 0; c < lines[0].size(); ++c) record[lines[0][c]] = lines[i][c];
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace nmsw::reporting
