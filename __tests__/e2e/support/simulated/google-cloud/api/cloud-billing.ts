import { Cloud } from "../shared-by-apis";
import { ApiRequest, Method } from "../api-routes";

/** Cloud Billing: the data source google_project asks for the billing account, and does without when the API is off. */
export function cloudBilling(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  return [
    {
      id: "cloudbilling.projects.getBillingInfo",
      verb: "GET",
      path: "/projects/:project/billingInfo",
      project,
      handler: (request) => {
        const { projectId } = project(request);
        return {
          name: `projects/${projectId}/billingInfo`,
          projectId,
          billingAccountName: "billingAccounts/012345-567890-ABCDEF",
          billingEnabled: true,
        };
      },
    },
  ];
}
