/* options.h - how hostile this model is: model_init()'s argument. */
#ifndef FAKE_OPTIONS_H
#define FAKE_OPTIONS_H

#include <fake/model.h>

extern struct model_options options;

#endif
