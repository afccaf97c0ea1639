# Turns the SQL of the tree into C++ sources, so that the binary carries it: migrations/*.sql,
# migrations/repeatable/*.sql, and the statements src/storage/sql/*.sql. Sets embedded_sql to the sources and
# embedded_sql_include to the folder of their header.
set(embedded_sql_include ${CMAKE_CURRENT_BINARY_DIR}/embedded_sql)
set(embedded_sql ${embedded_sql_include}/migrations.cpp ${embedded_sql_include}/statements.cpp)
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
file(GLOB repeatable_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/repeatable/*.sql)
file(GLOB statement_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/storage/sql/*.sql)
file(GLOB piece_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/storage/sql/pieces/*.sql)
list(SORT migration_files)
list(SORT repeatable_files)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_files} ${repeatable_files}
             ${statement_files} ${piece_files})

# embed_migrations(FUNCTION FILE...): appends a C++ function that returns the migrations of these files.
function(embed_migrations function)
  string(APPEND generated
    "const std::vector<Migration>& ${function}() {\n"
    "  static const std::vector<Migration> all = {\n")
  foreach(migration_file IN LISTS ARGN)
    get_filename_component(migration_name ${migration_file} NAME_WE)
    file(READ ${migration_file} migration_sql)
    string(APPEND generated "      {\"${migration_name}\", R\"sql(${migration_sql})sql\"},\n")
  endforeach()
  string(APPEND generated "  };\n  return all;\n}\n\n")
  set(generated "${generated}" PARENT_SCOPE)
endfunction()

set(generated "// Generated from migrations/ by cmake/migrations.cmake.\n#include \"storage/migrations.hpp\"\n\n")
string(APPEND generated "namespace orchestrator::storage {\n\n")
embed_migrations(embedded_migrations ${migration_files})
embed_migrations(repeatable_migrations ${repeatable_files})
string(APPEND generated "}  // namespace orchestrator::storage\n")
file(CONFIGURE OUTPUT ${embedded_sql_include}/migrations.cpp CONTENT "${generated}" @ONLY)

# The text of a statement: without comments, and with a line "-- include: x" replaced by pieces/x.sql, in which
# {name} is what a line "-- set name: value" of the statement says.
function(read_statement statement_file result)
  file(READ ${statement_file} sql)
  set(sql "\n${sql}")
  string(REGEX MATCHALL "\n-- set [a-z_]+: [^\n]*" settings "${sql}")
  while(sql MATCHES "\n-- include: ([a-z_]+)\n")
    set(piece_name ${CMAKE_MATCH_1})
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/src/storage/sql/pieces/${piece_name}.sql piece)
    foreach(setting IN LISTS settings)
      string(REGEX MATCH "-- set ([a-z_]+): (.*)" setting "${setting}")
      string(REPLACE "{${CMAKE_MATCH_1}}" "${CMAKE_MATCH_2}" piece "${piece}")
    endforeach()
    string(REPLACE "\n-- include: ${piece_name}\n" "\n${piece}" sql "${sql}")
  endwhile()
  string(REGEX REPLACE "\n *--[^\n]*" "" sql "${sql}")
  string(STRIP "${sql}" sql)
  set(${result} "${sql}" PARENT_SCOPE)
endfunction()

set(note "// Generated from src/storage/sql/ by cmake/migrations.cmake: each constant is the file of the same name.\n")
set(declarations "${note}#pragma once\n\n#include <string>\n\nnamespace orchestrator::storage::sql {\n\n")
set(definitions "${note}#include \"storage/sql.hpp\"\n\nnamespace orchestrator::storage::sql {\n\n")
foreach(statement_file IN LISTS statement_files)
  get_filename_component(statement_name ${statement_file} NAME_WE)
  read_statement(${statement_file} statement_sql)
  string(APPEND declarations "extern const std::string ${statement_name};\n")
  string(APPEND definitions "const std::string ${statement_name} = R\"sql(${statement_sql})sql\";\n\n")
endforeach()
string(APPEND declarations "\n}  // namespace orchestrator::storage::sql\n")
string(APPEND definitions "}  // namespace orchestrator::storage::sql\n")
file(CONFIGURE OUTPUT ${embedded_sql_include}/storage/sql.hpp CONTENT "${declarations}" @ONLY)
file(CONFIGURE OUTPUT ${embedded_sql_include}/statements.cpp CONTENT "${definitions}" @ONLY)
