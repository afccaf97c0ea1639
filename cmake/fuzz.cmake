# The fuzzers of tests/fuzz: the code that reads bytes from outside and needs neither a socket nor a database.
file(GLOB fuzz_sources CONFIGURE_DEPENDS
  tests/fuzz/*.cpp src/vocabulary/*.cpp src/text/*.cpp src/policy/*.cpp src/policy/rules/*.cpp
  src/api/*_fields.cpp src/api/*_json.cpp src/providers/*/signature.cpp src/providers/*/webhook.cpp)
list(FILTER fuzz_sources EXCLUDE REGEX "_test\\.cpp$")
list(APPEND fuzz_sources
  src/api/bulk_body.cpp src/api/fields.cpp src/api/refusals.cpp src/api/responses.cpp
  src/inbound/contact_identity.cpp src/inbound/status_text.cpp
  src/providers/http_outcome.cpp src/providers/twilio/message_status.cpp
  src/net/http_client.cpp src/server/request_head.cpp src/server/response.cpp)

add_executable(orchestrator-fuzz ${fuzz_sources})
target_include_directories(orchestrator-fuzz PRIVATE include src tests)
target_compile_definitions(orchestrator-fuzz PRIVATE JSON_USE_IMPLICIT_CONVERSIONS=0)
set(sanitizers -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
target_compile_options(orchestrator-fuzz PRIVATE ${sanitizers})
target_link_options(orchestrator-fuzz PRIVATE ${sanitizers})
target_link_libraries(
  orchestrator-fuzz
  PRIVATE CURL::libcurl PkgConfig::utf8proc date::date date::date-tz nlohmann_json::nlohmann_json OpenSSL::Crypto
          Threads::Threads)
