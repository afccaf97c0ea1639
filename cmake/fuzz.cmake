# The fuzzers of tests/fuzz: whatever reads bytes from outside and needs neither socket nor database.
file(GLOB fuzz_sources CONFIGURE_DEPENDS
  tests/fuzz/*.cpp src/vocabulary/*.cpp src/policy/*.cpp src/text/form_encoding.cpp src/inbound/status_text.cpp
  src/http/*_fields.cpp src/http/*_form.cpp src/http/*_json.cpp)
list(FILTER fuzz_sources EXCLUDE REGEX "_test\\.cpp$")
foreach(name answer digest fields form head incoming items json signatures text)
  list(APPEND fuzz_sources src/http/${name}.cpp)
endforeach()

add_executable(orchestrator-fuzz ${fuzz_sources})
target_include_directories(orchestrator-fuzz PRIVATE include src tests)
target_compile_definitions(orchestrator-fuzz PRIVATE JSON_USE_IMPLICIT_CONVERSIONS=0)
set(sanitizers -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
target_compile_options(orchestrator-fuzz PRIVATE ${sanitizers})
target_link_options(orchestrator-fuzz PRIVATE ${sanitizers})
target_link_libraries(
  orchestrator-fuzz
  PRIVATE PkgConfig::httplib date::date date::date-tz nlohmann_json::nlohmann_json OpenSSL::Crypto
          Threads::Threads)
