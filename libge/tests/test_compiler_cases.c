// SPDX-License-Identifier: MIT
/*
 * Each operator compiles to a program that the device accepts, and all passes together give what
 * no passes give.
 */
#include "tap.h"
#include "op_cases.h"
#include "run_model.h"

static void *random_input(const struct ge_model_io *io)
{
	unsigned char *data = malloc(io->size + 1);
	size_t n = io->size / ge_dtype_size(io->desc.dtype);

	for (size_t i = 0; i < n; i++)
		ge_store_double(io->desc.dtype, data, (int64_t)i,
				ge_dtype_is_float(io->desc.dtype) ? rnd_range(1, 200) / 100. :
				rnd_range(0, 2));
	return data;
}

static bool same_output(const struct ge_model_io *io, const void *a, const void *b)
{
	size_t n = io->size / ge_dtype_size(io->desc.dtype);
	double tolerance = io->desc.dtype == GE_DT_FLOAT16 ? 2e-3 : 1e-5;

	for (size_t i = 0; i < n; i++) {
		double x = ge_load_double(io->desc.dtype, a, (int64_t)i);
		double y = ge_load_double(io->desc.dtype, b, (int64_t)i);

		if (!(fabs(x - y) <= tolerance * (1 + fabs(y))) && !(isnan(x) && isnan(y))) {
			printf("# element %zu is %g, expected %g\n", i, x, y);
			return false;
		}
	}
	return true;
}

static void check_case(const struct op_case *c)
{
	struct ge_graph *g = case_graph(c);
	struct run plain = { 0 }, all = { 0 };
	void *inputs[MAX_IO] = { 0 };

	if (ge_compile_with(g, NULL, 0, &plain.model) ||
	    ge_compile(g, NULL, &all.model)) {
		TAP_FAIL("%s(%s) %s: %s", c->type, c->inputs, c->attrs, ge_error_text());
	} else {
		for (size_t i = 0; i < plain.model->num_inputs; i++)
			inputs[i] = random_input(&plain.model->inputs[i]);
		if (!run_model(&plain, inputs) || !run_model(&all, inputs))
			TAP_FAIL("%s(%s) %s: does not run", c->type, c->inputs, c->attrs);
		else
			for (size_t i = 0; i < plain.model->num_outputs; i++)
				if (!same_output(&plain.model->outputs[i], all.out[i],
						 plain.out[i]))
					TAP_FAIL("%s(%s) %s: passes change output %zu", c->type,
						 c->inputs, c->attrs, i);
	}
	for (int i = 0; i < MAX_IO; i++)
		free(inputs[i]);
	run_free(&plain);
	run_free(&all);
	ge_graph_destroy(g);
}

TEST(every_case_runs_and_passes_do_not_change_it)
{
	for (size_t i = 0; i < NUM_OP_CASES; i++)
		if (*op_cases[i].result != '!')
			check_case(&op_cases[i]);
}

TEST_MAIN()
