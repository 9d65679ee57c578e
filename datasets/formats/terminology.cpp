#include "datasets/formats/terminology.h"

#include <map>
#include <utility>
#include <vector>

#include "datasets/formats/header_fields.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {

/// Made by CMake from terminology.csv.
const std::vector<std::pair<std::string, std::string>>& embedded_terminology();

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char letter : text) {
    if (letter == separator) {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

/// "64033007 Kidney".
Concept concept_of(const std::string& cell) {
  const size_t blank = cell.find(' ');
  if (blank == std::string::npos) return {};
  return {cell.substr(0, blank), cell.substr(blank + 1)};
}

/// By the data set, empty for all, and the class.
using Terms = std::map<std::pair<std::string, std::string>, SegmentTerms>;

Terms read_terms() {
  Terms terms;
  const std::vector<std::string> lines = split(embedded_terminology().front().second, '\n');
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = split(lines[i], ',');
    if (cells.size() != 7) continue;  // the end of the text
    terms[{cells[1], cells[0]}] = {concept_of(cells[2]), concept_of(cells[3]), concept_of(cells[4]),
                                   concept_of(cells[5]), concept_of(cells[6])};
  }
  return terms;
}

std::string plain_name(const std::string& class_name) {
  std::string name = lower_case(class_name);
  for (char& letter : name) {
    if (letter == ' ' || letter == '-') letter = '_';
  }
  return name;
}

}  // namespace

SegmentTerms segment_terms(const std::string& data_set, const std::string& class_name) {
  static const Terms terms = read_terms();
  const std::string name = plain_name(class_name);
  for (const std::string& place : {data_set, std::string()}) {
    const auto found = terms.find({place, name});
    if (found != terms.end()) return found->second;
  }
  const Concept tissue{"85756007", "Tissue"};
  return {tissue, tissue, {}, {}, {}};
}

}  // namespace nmsw::datasets
