// The native half of packages/anomaly: faiss-node's source, compiled by scripts/faiss.mjs with the headers of node-addon-api.
// What is changed in faiss-node 0.5.1's src/faiss.cc before it is compiled. Each patch must match exactly once, so that another version is noticed.
const PATCHES = [
	{
		// faiss::idx_t exists since libfaiss 1.7.4; before it was faiss::Index::idx_t. The type of a member is the same in all.
		why: "compiles against libfaiss before 1.7.4",
		find: "using idx_t = faiss::idx_t;",
		replace: "#include <memory>\nusing idx_t = decltype(faiss::Index::ntotal);",
	},
	{
		// search() allocates the query buffer and never frees it: 4 bytes for each number of each query, for ever.
		why: "frees the query buffer of search(), on errors too",
		find: "float *xq = new float[length];",
		replace: "std::unique_ptr<float[]> xq_owner(new float[length]);\n    float *xq = xq_owner.get();",
	},
	{
		// Without it an inverted file is searched in one of its lists only: there is no other way in to nprobe and efSearch.
		why: "takes search parameters",
		find: "protected:\n  std::unique_ptr<faiss::Index> index_;",
		replace: `  Napi::Value setParameters(const Napi::CallbackInfo &info)
  {
    try
    {
      faiss::ParameterSpace().set_index_parameters(index_.get(), info[0].As<Napi::String>().Utf8Value().c_str());
    }
    catch (const faiss::FaissException &ex)
    {
      Napi::Error::New(info.Env(), ex.what()).ThrowAsJavaScriptException();
    }
    return info.Env().Undefined();
  }

protected:
  std::unique_ptr<faiss::Index> index_;`,
	},
	{
		// One for all threads is the last thread's: another thread that searches then makes its index in an environment that may have ended.
		why: "keeps its constructors apart by thread",
		find: "inline static Napi::FunctionReference *constructor;",
		replace: "inline static thread_local Napi::FunctionReference *constructor = nullptr;",
	},
	{
		why: "declares it",
		find: 'InstanceMethod("toBuffer", &Index::toBuffer),',
		replace: 'InstanceMethod("toBuffer", &Index::toBuffer),\n      InstanceMethod("setParameters", &Index::setParameters),',
	},
	{
		why: "includes its header",
		find: "#include <faiss/index_factory.h>",
		replace: "#include <faiss/AutoTune.h>\n#include <faiss/index_factory.h>",
	},
];

/** The patched text of src/faiss.cc. Throws where a patch does not match exactly once. */
export function patchSource(source) {
	let patched = source;
	for (const { why, find, replace } of PATCHES) {
		if (patched.split(find).length !== 2) throw new Error(`the patch "${why}" does not match this faiss-node; it was written for 0.5.1`);
		patched = patched.replace(find, () => replace);
	}
	return patched;
}
