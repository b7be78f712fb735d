// Draw the OpenAPI description; the page names its address.
const place = document.getElementById("api-docs");
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (token && request.method && request.method !== "GET") request.headers["X-CSRFToken"] = token[1];
    return request;
  },
});
