#pragma once

#include "results/sqlite.h"

namespace nmsw::results {

/// Brings the tables and views of an older file up to date. Versions so far only added tables and
/// changed views: what is missing is made, and every view is made anew.
void upgrade(Database& database);

/// The same for a file that must stay as it is: what it lacks exists for this connection alone,
/// empty.
void upgrade_for_reading(Database& database);

}  // namespace nmsw::results
