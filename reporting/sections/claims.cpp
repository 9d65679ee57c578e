#include <algorithm>

#include <fmt/format.h>

#include "reporting/claims/catalog.h"
#include "reporting/conventions.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

Column key_column_of(const std::string& name, const std::string& title, bool is_prose) {
  Column column;
  column.name = name;
  column.title = title;
  column.is_key = true;
  column.is_prose = is_prose;
  return column;
}

Cell verdict_cell(Verdict verdict) {
  Cell cell = text_cell(verdict_text(verdict));
  cell.verdict = verdict;
  return cell;
}

std::string place_text(const Evidence& evidence) {
  std::string text = backbone_label(evidence.backbone);
  if (!evidence.dataset.empty()) text += ", " + dataset_label(evidence.dataset);
  if (!evidence.what.empty()) text += ", " + evidence.what;
  return text;
}

bool is_weaker(const Claim& claim, const Evidence& a, const Evidence& b) {
  return claim.bound == Bound::at_least ? a.measured->mean < b.measured->mean
                                        : a.measured->mean > b.measured->mean;
}

/// "holds in 2 of 3 cells; weakest: UNet, WORD: −0.012 [−0.020, −0.004]", "open; weakest: …".
std::string evidence_text(const Claim& claim, const std::vector<Evidence>& gathered) {
  const Evidence* weakest = nullptr;
  size_t measured = 0, holding = 0, failing = 0;
  for (const Evidence& evidence : gathered) {
    if (!evidence.measured) continue;
    ++measured;
    holding += evidence.verdict == Verdict::holds ? 1 : 0;
    failing += evidence.verdict == Verdict::fails ? 1 : 0;
    if (weakest == nullptr || is_weaker(claim, evidence, *weakest)) weakest = &evidence;
  }
  if (weakest == nullptr) return gathered.empty() ? "nothing measured" : gathered.front().remark;
  std::string text;
  if (holding + failing > 0) text = fmt::format("holds in {} of {} cells", holding, measured);
  if (failing > 0) text += fmt::format(", fails in {}", failing);
  if (holding + failing == 0) text = "open";
  text += fmt::format("; weakest: {}: {}", place_text(*weakest),
                      interval_text(claim, *weakest->measured));
  return weakest->remark.empty() ? text : text + " (" + weakest->remark + ")";
}

Row evidence_row(const Claim& claim, const Evidence& evidence) {
  const std::string dataset = evidence.dataset.empty() ? "—" : dataset_label(evidence.dataset);
  const Interval& measured = *evidence.measured;
  const bool has_interval = !is_point(claim, measured);
  Row row;
  Cell figure = number_cell(measured.mean);
  figure.reference = evidence.paper;
  row.cells = {text_cell(std::string(claim.name)),
               text_cell(backbone_label(evidence.backbone)),
               text_cell(dataset),
               text_cell(evidence.what.empty() ? "—" : evidence.what),
               figure,
               number_cell(has_interval ? std::optional<double>(measured.low) : std::nullopt),
               number_cell(has_interval ? std::optional<double>(measured.high) : std::nullopt),
               number_cell(evidence.p),
               evidence.pairs == 0 ? Cell{} : text_cell(std::to_string(evidence.pairs)),
               verdict_cell(evidence.verdict),
               text_cell(evidence.remark)};
  return row;
}

Table claims_table(const std::string& experiment, const SectionInput& input) {
  Table table{id_for("claims", experiment, input),
              "Claims of the paper" + title_suffix(experiment, input),
              {key_column_of("claim", "Claim", true),
               key_column_of("threshold", "Holds if (the paper's figure)", true),
               key_column_of("measured", "This database", true),
               key_column_of("verdict", "Verdict", false)},
              {},
              {}};
  return table;
}

Table evidence_table(const std::string& experiment, const SectionInput& input) {
  Table table{id_for("claims_cells", experiment, input),
              "What the claims rest on" + title_suffix(experiment, input),
              {key_column_of("claim", "Claim", false), key_column_of("backbone", "Backbone", false),
               key_column_of("dataset", "Dataset", false), key_column_of("what", "At", true)},
              {},
              {}};
  const std::vector<std::pair<const char*, const char*>> numbers{
      {"measured", "measured"}, {"low", "from"}, {"high", "to"}, {"p", "p"}, {"pairs", "cases"}};
  for (const auto& [name, title] : numbers) {
    Column column;
    column.name = name;
    column.title = title;
    column.has_reference = table.columns.size() == 4;
    if (table.columns.size() == 5 || table.columns.size() == 6) column.group = "95 % interval";
    if (name == std::string("p")) {
      column.digits = Digits::significant;
      column.digit_count = 2;
    }
    table.columns.push_back(column);
  }
  table.columns.push_back(key_column_of("verdict", "Verdict", false));
  table.columns.push_back(key_column_of("remark", "Remark", true));
  table.notes = {
      "Differences in DSC are the mean over test cases of the mean over classes, paired by case "
      "and "
      "seed; the paper's are differences of its printed means. MACs are the share saved in % "
      "(paper's convention), speed is a ratio.",
      "95 % interval: paired bootstrap, 2000 draws of cases (and of seeds where there are "
      "several); "
      "of speed, from the quartiles of the repeats. p: Wilcoxon's signed-rank test against no "
      "difference, two-sided, not corrected for the number of rows.",
      "A cell holds when its whole interval is on the right side of the threshold, and fails when "
      "all of it is on the wrong side. Fewer than 6 test cases decide nothing; MACs and speed are "
      "decided by a profile of the paper's volume, 480×480×480."};
  return table;
}

void add_claims(Section& section, const std::string& experiment, const SectionInput& input) {
  const ClaimInput claims = claim_input(input.store, experiment);
  Table table = claims_table(experiment, input);
  Table cells = evidence_table(experiment, input);
  for (const Claim& claim : claim_catalog()) {
    const std::vector<Evidence> gathered = claim.gather(claim, claims);
    Row row;
    row.cells = {text_cell(std::string(claim.statement)),
                 text_cell(std::string(claim.threshold_text)),
                 text_cell(evidence_text(claim, gathered)), verdict_cell(overall(gathered))};
    table.rows.push_back(std::move(row));
    bool is_first = true;
    for (const Evidence& evidence : gathered) {
      if (!evidence.measured) continue;
      cells.rows.push_back(evidence_row(claim, evidence));
      cells.rows.back().starts_block = is_first;
      is_first = false;
    }
  }
  table.notes = data_notes(input.store, claims.rows);
  table.notes.emplace_back(
      "The thresholds are the paper's own worst figures. A claim fails with any cell that fails, "
      "and holds with any that holds otherwise; cells are listed below.");
  section.tables.push_back(std::move(table));
  if (!cells.rows.empty()) section.tables.push_back(std::move(cells));
}

}  // namespace

Section claims_section(const SectionInput& input) {
  Section section;
  section.id = "claims";
  section.title = "Does the paper hold?";
  section.empty_message =
      "Nothing can be said yet: no evaluation is planned in this database. Run an experiment first "
      "(nmsw run EXPERIMENT.yaml).";
  for (const std::string& experiment : input.experiments) add_claims(section, experiment, input);
  return section;
}

}  // namespace nmsw::reporting
