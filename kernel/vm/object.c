/* object.c - references of what mappings show. */
#include "space.h"

void vm_object_ref(struct vm_object *object)
{
	__atomic_add_fetch(&object->refs, 1, __ATOMIC_RELAXED);
}

void vm_object_unref(struct vm_object *object)
{
	unsigned left = __atomic_sub_fetch(&object->refs, 1, __ATOMIC_ACQ_REL);

	assert_that(left != ~0u, "an object's reference is dropped once");
	if (!left) {
		object->ops->release(object);
	}
}
