#pragma once

#include <map>
#include <string>
#include <vector>

#include "nmsw/config/evaluation_config.h"
#include "reporting/comparison.h"

namespace nmsw::reporting {

enum class DataSource { phantom, real, unknown };

/// Whether the evaluations of a dataset read generated phantoms or real cases, from the stored task
/// settings.
DataSource data_source(const results::ResultStore& store, const std::string& experiment,
                       const std::string& dataset);

/// The kind of the data sets in words: "phantoms (WORD, Organ), real cases (hippocampus)".
std::string data_kind(const results::ResultStore& store, const std::string& experiment,
                      const std::vector<std::string>& datasets);

/// The datasets on which NMSW's plain rows are ranked by another order of patches than the learned
/// one, with that order: an experiment that sets it for all evaluations.
std::map<std::string, OrderSettings> reordered_datasets(const results::ResultStore& store,
                                                        const std::string& experiment);

/// Which datasets are phantoms, which real cases, and how many test cases each has; first, warnings
/// where evaluations were made from different contents (`mixed_data_notes`) and where the plain NMSW
/// is ranked by another order (`reordered_datasets`). The rows are of one experiment.
std::vector<std::string> data_notes(const results::ResultStore& store,
                                    const std::vector<ComparisonRow>& rows);

/// Units, tolerance, averaging rule, absent classes and geometry of the scores, as stored.
std::vector<std::string> score_notes(const results::ResultStore& store,
                                     const std::string& experiment,
                                     const std::vector<ComparisonRow>& rows);

/// How MACs and parameters are counted.
std::string mac_convention_note();

/// MACs and parameter conventions, where times and memory were measured, and on what.
std::vector<std::string> cost_notes(const results::ResultStore& store,
                                    const std::string& experiment);

/// How best, second and third are marked.
std::string ranking_note();

}  // namespace nmsw::reporting
