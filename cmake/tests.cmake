# The test programs: orchestrator-tests, the same with AddressSanitizer, and orchestrator-chaos. Their object files are
# compiled once.
enable_testing()
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/*.cpp)
list(REMOVE_ITEM test_sources ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzzer.cpp ${CMAKE_SOURCE_DIR}/tests/chaos/main.cpp)
if(SANITIZE STREQUAL "thread") # only the tests that run (see TESTS), and what they share
  list(FILTER test_sources EXCLUDE REGEX "tests/((fuzz|model|policy|text|tidy)/|chaos/.*_test)")
endif()

# What tests share; the chaos program is made of it.
set(test_support_sources ${test_sources})
list(FILTER test_support_sources INCLUDE REGEX "tests/(support|chaos)/")
list(FILTER test_support_sources EXCLUDE REGEX "_test\\.cpp$")
# Simulations and oracles compute: they are optimised. All other tests mostly wait, and compile faster without.
set(computing_test_sources ${test_sources})
list(FILTER computing_test_sources INCLUDE REGEX "tests/(model|policy|tidy)/")
set(waiting_test_sources ${test_sources})
list(REMOVE_ITEM waiting_test_sources ${test_support_sources} ${computing_test_sources})

# add_test_objects(NAME OPTIMISATION SOURCE...)
function(add_test_objects name optimisation)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} PRIVATE tests)
  target_link_libraries(${name} PRIVATE orchestrator GTest::gtest PkgConfig::httplib)
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:${optimisation};-g0>)
endfunction()
add_test_objects(computing-tests -O1 ${computing_test_sources})
add_test_objects(waiting-tests -O0 ${waiting_test_sources})
add_test_objects(test-support -O0 ${test_support_sources})

# For the few files that need it only, so that all others compile alike wherever the tree lies.
set_source_files_properties(
  tests/fuzz/corpus_test.cpp tests/policy/documented_examples_test.cpp tests/storage/restore_test.cpp
  tests/storage/schema_test.cpp tests/tidy/source_tree.cpp tests/tidy/tidy_test.cpp
  PROPERTIES COMPILE_DEFINITIONS "SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
set_source_files_properties( # names in these clash with names of other files of their folder
  tests/abuse/bodies_test.cpp tests/abuse/framing_test.cpp tests/api/reformulation_routes_test.cpp
  tests/api/schedule_message_test.cpp tests/chaos/history.cpp tests/chaos/pooler.cpp tests/chaos/test_bed.cpp tests/flow/pass_test.cpp
  tests/flow/service_inbound_test.cpp tests/model/external_writers.cpp tests/storage/pass_plans_test.cpp
  tests/support/scripted_server.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
combine_sources(computing-tests tests/model tests/policy)
combine_sources(waiting-tests tests/abuse tests/api tests/chaos tests/delivery tests/events tests/flow tests/fuzz
                tests/inbound tests/providers tests/server tests/storage tests/text tests/vocabulary)
combine_sources(test-support tests/chaos tests/support)
precompile_headers(waiting-tests <gtest/gtest.h> <pqxx/pqxx> <nlohmann/json.hpp> <algorithm> <functional>)
if(PRECOMPILED_HEADERS)
  target_precompile_headers(test-support REUSE_FROM waiting-tests)
endif()

set(tests $<TARGET_OBJECTS:waiting-tests> $<TARGET_OBJECTS:computing-tests> $<TARGET_OBJECTS:test-support>)
add_executable(orchestrator-tests ${tests})
target_link_libraries(orchestrator-tests PRIVATE orchestrator GTest::gtest PkgConfig::httplib)
add_dependencies(orchestrator-tests message-orchestrator)

# scripts/chaos
add_executable(orchestrator-chaos EXCLUDE_FROM_ALL tests/chaos/main.cpp $<TARGET_OBJECTS:test-support>)
target_include_directories(orchestrator-chaos PRIVATE tests)
target_link_libraries(orchestrator-chaos PRIVATE orchestrator GTest::gtest PkgConfig::httplib)
add_dependencies(orchestrator-chaos message-orchestrator)

# Most tests wait for something most of the time: parts of them run side by side. What measures time runs alone.
set(TESTS "" CACHE STRING "the tests that ctest runs, e.g. Service*:Http*; empty: all")
set(measuring Abuse*:InboundLoad*)
set(parts 6)
# Registers the tests of a program; those of a configuration run with ctest -C.
function(register_tests prefix program)
  foreach(part RANGE 1 ${parts})
    math(EXPR index "${part} - 1")
    add_test(NAME ${prefix}part-${part} COMMAND ${program} --gtest_brief=1 ${ARGN})
    set_tests_properties(${prefix}part-${part} PROPERTIES TIMEOUT 1500
      ENVIRONMENT "GTEST_FILTER=${TESTS}-${measuring};GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index}")
  endforeach()
  add_test(NAME ${prefix}measuring COMMAND ${program} --gtest_brief=1 ${ARGN})
  set_tests_properties(${prefix}measuring PROPERTIES TIMEOUT 1500 RUN_SERIAL ON ENVIRONMENT "GTEST_FILTER=${measuring}")
endfunction()
register_tests("" orchestrator-tests)

# The same tests, the same object files, with an instrumented library: what AddressSanitizer and UBSan look for is looked
# for in the program. ThreadSanitizer must see the tests too, and has a build of its own (preset "tsan").
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_orchestrator_library(orchestrator-asan)
  target_compile_options(orchestrator-asan PRIVATE ${sanitizer_options} -fsanitize=address,undefined)
  add_executable(message-orchestrator-asan src/main.cpp)
  add_executable(orchestrator-tests-asan ${tests})
  target_link_libraries(orchestrator-tests-asan PRIVATE GTest::gtest PkgConfig::httplib)
  add_dependencies(orchestrator-tests-asan message-orchestrator-asan)
  foreach(program message-orchestrator orchestrator-tests)
    target_link_libraries(${program}-asan PRIVATE orchestrator-asan)
    target_link_options(${program}-asan PRIVATE -fsanitize=address,undefined)
    set_target_properties(${program}-asan PROPERTIES OUTPUT_NAME ${program} RUNTIME_OUTPUT_DIRECTORY asan)
  endforeach()
  set_target_properties(orchestrator-asan message-orchestrator-asan orchestrator-tests-asan
    PROPERTIES EXCLUDE_FROM_ALL ON)
  register_tests(asan- orchestrator-tests-asan CONFIGURATIONS asan)
endif()
