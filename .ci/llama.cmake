# Read by the build of llama-cpp-python (right after its project() line) so that it compiles in half the time.
# Nothing is lost that Footnote uses, and generating is as fast: nearly all of its time is spent in ggml-cpu and
# ggml-quants, which keep -O3.

# The command-line helpers of llama.cpp are half of the build and the Python package never loads them. Its own
# CMakeLists.txt forces this on in the cache; a plain variable comes before the cache.
set(LLAMA_BUILD_COMMON OFF)
set(LLAMA_ALL_WARNINGS OFF)

# Runs when all targets are known. The last -O on a command line counts, a source file's comes after its target's.
function(footnote_optimise_less)
  # libllama sets up the computation, once a batch; only the files here loop over text or over the whole vocabulary.
  target_compile_options(llama PRIVATE -Og)
  get_target_property(dir llama SOURCE_DIR)
  set_source_files_properties(${dir}/llama-sampler.cpp ${dir}/llama-grammar.cpp ${dir}/llama-vocab.cpp
    TARGET_DIRECTORY llama PROPERTIES COMPILE_OPTIONS -O2)
  # Splitting over several devices, training, reading a GGUF header: slow to compile, hardly run.
  get_target_property(dir ggml-base SOURCE_DIR)
  set_source_files_properties(${dir}/ggml-backend-meta.cpp ${dir}/ggml-opt.cpp ${dir}/gguf.cpp
    TARGET_DIRECTORY ggml-base PROPERTIES COMPILE_OPTIONS -Og)
endfunction()
cmake_language(DEFER CALL footnote_optimise_less)
