#pragma once

namespace nmsw::results {

/// The text of schema.sql, compiled in at build time.
const char* schema_sql();

}  // namespace nmsw::results
