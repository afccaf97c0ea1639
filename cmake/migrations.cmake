# Turns migrations/*.sql into one C++ source, so that the binary carries its own schema.
set(embedded_migrations ${CMAKE_CURRENT_BINARY_DIR}/embedded_migrations.cpp)
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
list(SORT migration_files)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_files})

string(CONCAT generated
  "// Generated from migrations/ by cmake/migrations.cmake.\n"
  "#include \"storage/migrations.hpp\"\n\n"
  "namespace orchestrator::storage {\n\n"
  "const std::vector<Migration>& embedded_migrations() {\n"
  "  static const std::vector<Migration> all = {\n")
foreach(migration_file IN LISTS migration_files)
  get_filename_component(migration_name ${migration_file} NAME_WE)
  file(READ ${migration_file} migration_sql)
  string(APPEND generated "      {\"${migration_name}\", R\"sql(${migration_sql})sql\"},\n")
endforeach()
string(APPEND generated "  };\n  return all;\n}\n\n}  // namespace orchestrator::storage\n")
file(CONFIGURE OUTPUT ${embedded_migrations} CONTENT "${generated}" @ONLY)
